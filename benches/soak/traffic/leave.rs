//! Leaves in the middle: of a head, of a body, before the answer. A write that had arrived happens once or not at all.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::Client;
use crate::http::{Ask, Caller, at};
use crate::tally::Promise;
use crate::world::World;

/// A client that does not wait for answers.
pub(crate) struct Leaver {
    world: Arc<World>,
    caller: Caller,
    webhooks: String,
    turn: usize,
    /// URLs of webhooks that were found and deleted.
    done: HashSet<String>,
}

impl Leaver {
    pub(crate) fn new(world: &Arc<World>, conversation: &str) -> Self {
        Self {
            world: Arc::clone(world),
            caller: Caller::new(world, 0),
            webhooks: format!("/v1/conversations/{conversation}/webhooks"),
            turn: 0,
            done: HashSet::new(),
        }
    }

    fn text(&mut self) -> String {
        let key = &self.world.keys.writers[0].secret;
        let url = format!("https://hooks.example.com/left/{}", self.world.number());
        let body = json!({ "target": { "type": "http", "url": url } }).to_string();
        let (path, length) = (&self.webhooks, body.len());
        let head = format!("host: 127.0.0.1\r\nauthorization: Bearer {key}\r\n");
        match self.turn % 5 {
            0 => "GET /v1/conversations HTTP/1.1\r\nhost: 127.".to_owned(),
            1 => format!("GET /v1/conversations?limit=3 HTTP/1.1\r\n{head}cache-control: no-cache\r\n\r\n"),
            2 => format!("POST {path} HTTP/1.1\r\n{head}content-length: 5000\r\n\r\n{{\"target\": "),
            3 => format!("GET /proxy/twilio/v1/Conversations HTTP/1.1\r\n{head}\r\n"),
            _ => format!(
                "POST {path} HTTP/1.1\r\n{head}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
            ),
        }
    }

    async fn look(&mut self) -> Option<()> {
        let key = &self.world.keys.writers[0];
        let ask = Ask::get("leave", self.webhooks.clone()).by(key);
        let answer = self.caller.ask(&ask.with("cache-control", "no-cache")).await?;
        if !self.world.judge(&answer, &[200]) {
            return None;
        }
        let page = answer.json();
        let left = at(&page, "/data").as_array()?;
        for webhook in left {
            let url = at(webhook, "/target/url").as_str()?;
            let same = left.iter().filter(|other| at(other, "/target/url") == url);
            if self.done.contains(url) || same.count() > 1 {
                let what = format!("{url}: a write whose client had left was carried out twice");
                self.world.broken(Promise::Wrong, &what);
            }
            let ask = Ask::new("leave", Method::DELETE, at(webhook, "/self").as_str()?).by(key);
            let answer = self.caller.ask(&ask).await?;
            if self.world.judge(&answer, &[204, 404]) && answer.status == 204 {
                self.done.insert(url.to_owned());
            }
        }
        Some(())
    }
}

impl Client for Leaver {
    async fn act(&mut self) {
        self.turn += 1;
        let text = self.text();
        let Some(replica) = self.world.replicas.get(self.turn / 5 % 2) else {
            return;
        };
        // A replica that restarts takes nobody.
        let Ok(mut socket) = TcpStream::connect(replica).await else {
            return;
        };
        if socket.write_all(text.as_bytes()).await.is_ok() && self.turn % 5 == 4 {
            // Time to arrive, but not to be answered.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        drop(socket);
        if self.turn % 5 == 4 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            self.look().await;
        }
    }
}

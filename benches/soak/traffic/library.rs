//! Passes through, as a provider's own library does: reads pages, makes a webhook and deletes it.

use std::sync::Arc;

use http::Method;

use super::Client;
use crate::http::{Answer, Ask, Caller, at};
use crate::tally::Promise;
use crate::world::World;

const KIND: &str = "pass-through";

/// A client with a provider's library.
pub(crate) struct Library {
    world: Arc<World>,
    caller: Caller,
    webhooks: String,
    turn: u64,
}

impl Library {
    pub(crate) fn new(world: &Arc<World>, conversation: &str) -> Self {
        let native = conversation.rsplit(['.', ':']).next().unwrap_or_default();
        Self {
            world: Arc::clone(world),
            caller: Caller::new(world, 1),
            webhooks: format!("/proxy/twilio/v1/Conversations/{native}/Webhooks"),
            turn: 0,
        }
    }

    async fn ask(&mut self, ask: Ask, right: &[u16]) -> Option<Answer> {
        let answer = self.caller.ask(&ask.by(&self.world.keys.library)).await?;
        self.world.judge(&answer, right).then_some(answer)
    }

    async fn page(&mut self) -> Option<()> {
        let answer = self
            .ask(
                Ask::get(KIND, "/proxy/twilio/v1/Conversations?PageSize=20"),
                &[200],
            )
            .await?;
        let page = answer.json();
        let next = at(&page, "/meta/next_page_url").as_str().unwrap_or_default();
        let here = self.world.replicas.get(answer.replica)?;
        let is_ours = next.starts_with(&format!("http://{here}/proxy/twilio/v1/Conversations?"));
        let count = at(&page, "/conversations").as_array().map_or(0, Vec::len);
        if !self.world.weather.may_meet_fault(answer.began) && (!is_ours || count != 20) {
            self.world
                .wrong(&answer, "not the provider's page with links to the gateway");
        }
        Some(())
    }

    async fn stream(&mut self) -> Option<()> {
        let answer = self
            .ask(Ask::get(KIND, "/proxy/bland/v1/sms/numbers"), &[200])
            .await?;
        if answer.at("/data").is_null() && !self.world.weather.may_meet_fault(answer.began) {
            self.world.wrong(&answer, "not the provider's answer");
        }
        Some(())
    }

    async fn write(&mut self) -> Option<()> {
        let mut ask = Ask::new(KIND, Method::POST, self.webhooks.clone())
            .with("content-type", "application/x-www-form-urlencoded");
        let url = format!("https://hooks.example.com/library/{}", self.world.number());
        ask.body =
            format!("Target=webhook&Configuration.Url={url}&Configuration.Filters=onMessageAdded").into();
        let made = self.ask(ask, &[201]).await;
        if let Some(made) = &made
            && made.at("/configuration/url") != url.as_str()
        {
            self.world.wrong(made, "not what was written");
        }
        self.clean().await
    }

    /// Deletes all there is: of a write that failed nobody knows whether it was carried out.
    async fn clean(&mut self) -> Option<()> {
        let list = self.ask(Ask::get(KIND, self.webhooks.clone()), &[200]).await?;
        let page = list.json();
        let left = at(&page, "/webhooks").as_array()?;
        for webhook in left {
            let path = format!("{}/{}", self.webhooks, at(webhook, "/sid").as_str()?);
            self.ask(Ask::new(KIND, Method::DELETE, path), &[204, 404])
                .await?;
        }
        if left.len() > 4 {
            self.world.broken(
                Promise::Wrong,
                "pass-through writes were carried out more than once",
            );
        }
        Some(())
    }
}

impl Client for Library {
    async fn act(&mut self) {
        self.turn += 1;
        match self.turn % 8 {
            0 => self.write().await,
            1 | 3 | 5 => self.page().await,
            _ => self.stream().await,
        };
    }
}

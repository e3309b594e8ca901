//! Reads what nobody changes: fetches, conditional or not, short lists, `HEAD` and `OPTIONS`.

use std::collections::HashMap;
use std::sync::Arc;

use http::Method;

use super::walk::Catalogue;
use super::{Client, Random};
use crate::http::{Answer, Ask, Caller};
use crate::judge::{CONVERSATION, DELIVERY, NUMBER, WEBHOOK};
use crate::world::World;

/// Conversations with so many webhooks as their ids say.
const WITH_WEBHOOKS: [usize; 4] = [1, 2, 5, 23];
const WITH_DELIVERIES: &str = "/v1/conversations/bland:convo_abc123/webhook-deliveries";

/// A client that reads. Every other one may not see what is sensitive.
pub(crate) struct Reader {
    world: Arc<World>,
    catalogue: Arc<Catalogue>,
    caller: Caller,
    random: Random,
    is_plain: bool,
    /// What was read in calm weather.
    tags: HashMap<String, String>,
}

impl Reader {
    pub(crate) fn new(world: &Arc<World>, catalogue: &Arc<Catalogue>, caller: Caller, index: usize) -> Self {
        Self {
            world: Arc::clone(world),
            catalogue: Arc::clone(catalogue),
            caller,
            random: Random::new(index),
            is_plain: index % 2 == 1,
            tags: HashMap::new(),
        }
    }

    fn ask(&self, kind: &'static str, method: Method, path: &str) -> Ask {
        let keys = &self.world.keys;
        Ask::new(kind, method, path).by(if self.is_plain { &keys.plain } else { &keys.reader })
    }

    async fn fetch(&mut self) {
        let catalogue = Arc::clone(&self.catalogue);
        let Some(id) = self.random.one_of(&catalogue.conversations) else {
            return;
        };
        let path = format!("/v1/conversations/{id}");
        let known = self.tags.get(&path).cloned();
        let ask = match &known {
            Some(tag) if self.random.below(2) == 0 => {
                let ask = self.ask("fetch, if changed", Method::GET, &path);
                ask.with("if-none-match", tag.clone())
            }
            _ => self.ask("fetch", Method::GET, &path),
        };
        let is_conditional = ask.kind != "fetch";
        let was_calm = self.world.weather.is_calm();
        let Some(answer) = self.caller.ask(&ask).await else {
            return;
        };
        let right: &[u16] = if is_conditional { &[200, 304] } else { &[200] };
        if !self.world.judge(&answer, right) {
            return;
        }
        let tag = answer.header("etag").unwrap_or_default().to_owned();
        if answer.status == 304 {
            if Some(&tag) != known.as_ref() || !answer.body.is_empty() {
                self.world.wrong(&answer, "304 with another tag or a body");
            }
            return;
        }
        self.world.judge_resource(&answer, CONVERSATION, id);
        self.judge_view(&answer);
        if is_conditional && Some(&tag) == known.as_ref() {
            self.world.wrong(&answer, "200, although it has not changed");
        }
        if was_calm && !self.world.weather.may_meet_fault(answer.began) {
            if known.is_some_and(|known| known != tag) {
                self.world
                    .wrong(&answer, "nobody has changed it, and its tag is another one");
            }
            self.tags.insert(path, tag);
        }
    }

    /// Who may not see what is sensitive sees nothing of it.
    fn judge_view(&self, answer: &Answer) {
        if answer.at("/extra").is_null() != self.is_plain {
            self.world.wrong(answer, "the view of another client");
        }
    }

    async fn list(&mut self, path: &str, members: &[&str]) {
        let ask = self.ask("list", Method::GET, path);
        if let Some(answer) = self.caller.ask(&ask).await
            && self.world.judge(&answer, &[200])
        {
            self.world.judge_page(&answer, members);
        }
    }

    async fn webhooks(&mut self) {
        let count = self.random.one_of(&WITH_WEBHOOKS).copied().unwrap_or_default();
        let path = format!("/v1/conversations/twilio:CH{count:032}/webhooks?limit=100");
        let ask = self.ask("list", Method::GET, &path);
        if let Some(answer) = self.caller.ask(&ask).await
            && self.world.judge(&answer, &[200])
            && let Some(items) = self.world.judge_page(&answer, WEBHOOK)
            && items.len() != count
        {
            self.world.wrong(&answer, &format!("{count} webhooks expected"));
        }
    }

    async fn number(&mut self) {
        let catalogue = Arc::clone(&self.catalogue);
        let few = catalogue.numbers.get(..20).unwrap_or(&catalogue.numbers);
        let Some(id) = self.random.one_of(few) else {
            return;
        };
        let ask = self.ask("fetch", Method::GET, &format!("/v1/numbers/{id}"));
        if let Some(answer) = self.caller.ask(&ask).await
            && self.world.judge(&answer, &[200])
        {
            self.world.judge_resource(&answer, NUMBER, id);
            self.judge_view(&answer);
        }
    }

    async fn head(&mut self) {
        let catalogue = Arc::clone(&self.catalogue);
        let Some(id) = self.random.one_of(&catalogue.conversations) else {
            return;
        };
        let ask = self.ask("HEAD", Method::HEAD, &format!("/v1/conversations/{id}"));
        if let Some(answer) = self.caller.ask(&ask).await
            && self.world.judge(&answer, &[200])
        {
            let length = answer
                .header("content-length")
                .and_then(|length| length.parse::<usize>().ok());
            if !answer.body.is_empty() || length.is_none_or(|length| length < 100) {
                self.world.wrong(&answer, "no answer to HEAD");
            }
        }
    }

    async fn options(&mut self) {
        let ask = self.ask("OPTIONS", Method::OPTIONS, "/v1/conversations");
        if let Some(answer) = self.caller.ask(&ask).await
            && self.world.judge(&answer, &[204])
            && answer.header("allow") != Some("GET, HEAD, OPTIONS")
        {
            self.world.wrong(&answer, "other methods");
        }
    }

    async fn own(&mut self) {
        let path = *self
            .random
            .one_of(&["/v1/connections/bland", "/v1/connections/twilio"])
            .unwrap_or(&"/");
        let ask = self.ask("fetch", Method::GET, path);
        if let Some(answer) = self.caller.ask(&ask).await
            && self.world.judge(&answer, &[200])
            && answer.at("/self") != path
        {
            self.world.wrong(&answer, "another connection");
        }
    }
}

impl Client for Reader {
    async fn act(&mut self) {
        match self.random.below(16) {
            0 => self.webhooks().await,
            1 => self.list(WITH_DELIVERIES, DELIVERY).await,
            2 => {
                self.list("/v1/conversations?status=active&limit=7", CONVERSATION)
                    .await;
            }
            3 => self.list("/v1/numbers?limit=5", NUMBER).await,
            4 => self.number().await,
            5 => self.head().await,
            6 => self.options().await,
            7 => self.own().await,
            _ => self.fetch().await,
        }
    }
}

//! Makes, changes and deletes the webhook of a conversation that nobody else writes to, and reads what it wrote.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Client;
use crate::http::{Answer, Ask, Caller, at};
use crate::judge::WEBHOOK;
use crate::settings::Key;
use crate::tally::Promise;
use crate::world::World;

/// A replica tells others of a write at once, but not before it answers.
const TOLD: Duration = Duration::from_secs(1);
/// One `POST` in so many has an `Idempotency-Key`: ends are kept for a day, and would fill the memory that they
/// may take instead of showing whether anything else grows.
const KEYED: u64 = 5;

/// A client that writes.
pub(crate) struct Writer {
    world: Arc<World>,
    /// Its own view of each replica.
    callers: [Caller; 2],
    index: usize,
    list: String,
    /// Whether the last turn left nothing behind.
    is_clean: bool,
    /// Whether its `POST` had a key, and was perhaps repeated where nobody knew that.
    is_keyed: bool,
    turn: u64,
}

/// A webhook as it must be.
struct Known {
    path: String,
    id: String,
    url: String,
    tag: String,
    replica: usize,
}

impl Writer {
    pub(crate) fn new(world: &Arc<World>, conversation: &str, index: usize) -> Self {
        Self {
            world: Arc::clone(world),
            callers: [Caller::new(world, index), Caller::new(world, index + 1)],
            index,
            list: format!("/v1/conversations/{conversation}/webhooks"),
            is_clean: true,
            is_keyed: false,
            turn: 0,
        }
    }

    fn key(&self) -> Key {
        let [first, second] = &self.world.keys.writers;
        if self.index == 0 { first } else { second }.clone()
    }

    /// At the replica where it writes.
    async fn ask(&mut self, ask: Ask) -> Option<Answer> {
        let ask = ask.by(&self.key());
        let [here, _] = &mut self.callers;
        here.ask(&ask).await
    }

    /// One life of a webhook. None as soon as an answer is not the expected one.
    async fn live(&mut self) -> Option<()> {
        let known = self.create().await?;
        self.read(&known).await?;
        let known = self.change(known).await?;
        self.read(&known).await?;
        self.read_elsewhere(&known).await?;
        self.change_too_late(&known).await?;
        self.delete(&known).await
    }

    async fn create(&mut self) -> Option<Known> {
        let number = self.world.number();
        let url = format!("https://hooks.example.com/{}/{number}", self.index);
        let mut ask = Ask::new("POST", Method::POST, self.list.clone()).json(&webhook(&url));
        self.is_keyed = self.turn.is_multiple_of(KEYED);
        if self.is_keyed {
            ask = ask.with("idempotency-key", format!("soak-{number}"));
        }
        let answer = self.ask(ask.clone()).await?;
        if !self.world.judge(&answer, &[201]) {
            return None;
        }
        let known = self.known(&answer, &url)?;
        if answer.header("location") != Some(&known.path) {
            self.world.wrong(&answer, "another location");
        }
        if self.is_keyed {
            self.repeat(&ask, &known).await?;
        }
        Some(known)
    }

    /// The same `POST` again, here and at the other replica: nothing new comes of it.
    async fn repeat(&mut self, ask: &Ask, known: &Known) -> Option<()> {
        let again = Ask {
            kind: "POST, repeated",
            ..ask.clone()
        };
        let epoch = self.world.weather.epoch();
        let answer = self.ask(again.clone()).await?;
        let is_same_process = answer.replica == known.replica && self.world.weather.epoch() == epoch;
        self.judge_repeated(&answer, known, is_same_process).await?;
        self.borrow(ask, known).await?;
        if self.world.shares() {
            let again = again.by(&self.key());
            let [_, there] = &mut self.callers;
            let answer = there.ask(&again).await?;
            self.judge_repeated(&answer, known, false).await?;
        }
        Some(())
    }

    /// The same `POST`, with the same key, by another client is another one.
    async fn borrow(&mut self, ask: &Ask, known: &Known) -> Option<()> {
        let [first, second] = &self.world.keys.writers;
        let other = if self.index == 0 { second } else { first }.clone();
        let [here, _] = &mut self.callers;
        let answer = here.ask(&ask.clone().by(&other)).await?;
        if !self.world.judge(&answer, &[201]) {
            return None;
        }
        if answer.header("idempotency-replayed").is_some() || answer.at("/id") == known.id.as_str() {
            self.world.wrong(&answer, "the answer of another client");
        }
        let path = answer.at("/self");
        let delete = Ask::new("DELETE", Method::DELETE, path.as_str()?).by(&other);
        let answer = here.ask(&delete).await?;
        self.world.judge(&answer, &[204]).then_some(())
    }

    /// Who was asked the first time knows it; another replica does as long as both have the store.
    async fn judge_repeated(&self, answer: &Answer, known: &Known, is_same_process: bool) -> Option<()> {
        if !self.world.judge(answer, &[201]) {
            return None;
        }
        let is_replayed = answer.header("idempotency-replayed") == Some("true");
        if is_replayed && answer.at("/id") == known.id.as_str() {
            return Some(());
        }
        if is_same_process || self.world.has_shared().await {
            self.world.wrong(answer, "not the answer of the first time");
        }
        None
    }

    async fn read(&mut self, known: &Known) -> Option<()> {
        let mut ask = Ask::get("read own write", known.path.clone());
        let [here, _] = &self.callers;
        if here.home != known.replica {
            // Another replica that has no store may still have what was before.
            ask = ask.with("cache-control", "no-cache");
        }
        let answer = self.ask(ask).await?;
        if !self.world.judge(&answer, &[200]) {
            return None;
        }
        if answer.replica == known.replica || is_own(&answer, known) || self.world.has_shared().await {
            self.judge_own(&answer, known);
        }
        let ask = Ask::get("read own write", known.path.clone()).with("if-none-match", known.tag.clone());
        let answer = self.ask(ask).await?;
        if !self.world.judge(&answer, &[304, 200]) {
            return None;
        }
        if answer.status == 200
            && !self.world.weather.may_meet_fault(answer.began)
            && answer.replica == known.replica
        {
            self.world.wrong(&answer, "200, although it has not changed");
        }
        Some(())
    }

    /// At the other replica, which has it in its cache from now on, and from the last time.
    async fn read_elsewhere(&mut self, known: &Known) -> Option<()> {
        if !self.world.shares() {
            return Some(());
        }
        let began = Instant::now();
        let ask = Ask::get("read at the other replica", known.path.clone()).by(&self.key());
        loop {
            let [_, there] = &mut self.callers;
            let answer = there.ask(&ask).await?;
            if !self.world.judge(&answer, &[200]) {
                return None;
            }
            if is_own(&answer, known) {
                return Some(());
            }
            if began.elapsed() > TOLD {
                if self.world.has_shared().await && !self.world.weather.may_meet_fault(began) {
                    self.world
                        .wrong(&answer, &format!("a second later, not `{}`", known.url));
                }
                return None;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn change(&mut self, known: Known) -> Option<Known> {
        // So that the other replica has something to forget.
        if self.world.shares() {
            let ask = Ask::get("read at the other replica", known.path.clone()).by(&self.key());
            let [_, there] = &mut self.callers;
            let answer = there.ask(&ask).await?;
            self.world.judge(&answer, &[200]);
        }
        let url = format!("{}/changed", known.url);
        let ask = Ask::new("PATCH", Method::PATCH, known.path.clone())
            .json(&json!({ "target": { "url": url } }))
            .with("if-match", known.tag.clone());
        let answer = self.ask(ask).await?;
        if answer.status == 412 && self.world.weather.may_meet_fault(answer.began) {
            // What was read looked different because of drift.
            return None;
        }
        if !self.world.judge(&answer, &[200]) {
            self.look_after(&known, &url).await;
            return None;
        }
        self.known(&answer, &url)
    }

    /// A write whose end nobody knows was carried out, or it was not.
    async fn look_after(&mut self, known: &Known, url: &str) {
        let ask = Ask::get("read own write", known.path.clone()).with("cache-control", "no-cache");
        if let Some(answer) = self.ask(ask).await
            && self.world.judge(&answer, &[200])
        {
            let found = &answer.at("/target/url");
            if found != url && found != known.url.as_str() {
                self.world.wrong(&answer, "neither what was nor what was written");
            }
        }
    }

    async fn change_too_late(&mut self, known: &Known) -> Option<()> {
        let ask = Ask::new("PATCH, too late", Method::PATCH, known.path.clone())
            .json(&json!({ "target": { "url": "https://hooks.example.com/never" } }))
            .with("if-match", "\"00000000000000000000000000000000\"");
        let answer = self.ask(ask).await?;
        self.world.judge(&answer, &[412]).then_some(())
    }

    async fn delete(&mut self, known: &Known) -> Option<()> {
        let answer = self
            .ask(Ask::new("DELETE", Method::DELETE, known.path.clone()))
            .await?;
        if !self.world.judge(&answer, &[204]) {
            return None;
        }
        let gone = self.ask(Ask::get("read own write", known.path.clone())).await?;
        if gone.status == 404 || gone.replica == answer.replica || self.world.has_shared().await {
            self.world.judge(&gone, &[404]);
        }
        Some(())
    }

    fn known(&self, answer: &Answer, url: &str) -> Option<Known> {
        let resource = answer.json();
        let known = Known {
            path: at(&resource, "/self").as_str()?.to_owned(),
            id: at(&resource, "/id").as_str()?.to_owned(),
            url: url.to_owned(),
            tag: answer.header("etag").unwrap_or_default().to_owned(),
            replica: answer.replica,
        };
        self.judge_own(answer, &known);
        Some(known)
    }

    fn judge_own(&self, answer: &Answer, known: &Known) {
        self.world.judge_resource(answer, WEBHOOK, &known.id);
        if answer.at("/target/url") != known.url.as_str() {
            self.world
                .wrong(answer, &format!("not `{}`, which was written last", known.url));
        }
    }

    /// Deletes what a turn left behind that did not come to its end.
    async fn clean(&mut self) -> Option<()> {
        let ask = Ask::get("read own write", self.list.clone()).with("cache-control", "no-cache");
        let answer = self.ask(ask).await?;
        if !self.world.judge(&answer, &[200]) {
            return None;
        }
        let left = self.world.judge_page(&answer, WEBHOOK)?;
        if left.len() > 1 && !self.is_keyed {
            let what = format!("{}: {} webhooks of one `POST`", self.list, left.len());
            self.world.broken(Promise::Wrong, &what);
        }
        for webhook in left {
            let path = at(&webhook, "/self").as_str()?;
            let answer = self.ask(Ask::new("DELETE", Method::DELETE, path)).await?;
            // 404: the one before was carried out after all.
            if !self.world.judge(&answer, &[204, 404]) {
                return None;
            }
        }
        Some(())
    }
}

impl Client for Writer {
    async fn act(&mut self) {
        self.turn += 1;
        let turn = if self.is_clean {
            self.live().await
        } else {
            self.clean().await
        };
        self.is_clean = turn.is_some();
    }
}

fn is_own(answer: &Answer, known: &Known) -> bool {
    answer.at("/target/url") == known.url.as_str()
}

fn webhook(url: &str) -> Value {
    json!({ "target": { "type": "http", "url": url, "method": "POST" }, "events": ["message.created"] })
}

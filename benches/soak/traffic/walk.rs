//! Reads lists from their first page to their last, each page at another replica. Nobody changes what is in them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::Client;
use crate::Failure;
use crate::http::{Ask, Caller, at};
use crate::judge::{CONVERSATION, NUMBER};
use crate::settings::Key;
use crate::world::World;

const KIND: &str = "list, page by page";

/// What there is to read.
pub(crate) struct Catalogue {
    /// Ids of all conversations.
    pub(crate) conversations: Vec<String>,
    /// Ids of all numbers.
    pub(crate) numbers: Vec<String>,
    /// Conversations that are open and have no webhooks.
    pub(crate) for_writers: Vec<String>,
}

impl Catalogue {
    /// Reads all of it, before anything disturbs.
    pub(crate) async fn read(world: &Arc<World>) -> Result<Self, Failure> {
        let mut caller = Caller::new(world, 0);
        let key = &world.keys.reader;
        let failed = "what there is could not be read";
        let conversations = walk(world, &mut caller, "/v1/conversations", CONVERSATION, key)
            .await
            .ok_or(failed)?;
        let numbers = walk(world, &mut caller, "/v1/numbers", NUMBER, key)
            .await
            .ok_or(failed)?;
        let open = conversations.iter().filter(|conversation| {
            at(conversation, "/connection") == "twilio" && at(conversation, "/status") == "active"
        });
        let mut for_writers = Vec::new();
        for id in ids(&mut open.cloned().collect::<Vec<_>>().iter())
            .into_iter()
            .rev()
            .take(12)
        {
            let ask = Ask::get(KIND, format!("/v1/conversations/{id}/webhooks")).by(key);
            let answer = caller.ask(&ask).await.ok_or(failed)?;
            if answer.at("/data").as_array().is_some_and(Vec::is_empty) && for_writers.len() < 4 {
                for_writers.push(id);
            }
        }
        Ok(Self {
            conversations: ids(&mut conversations.iter()),
            numbers: ids(&mut numbers.iter()),
            for_writers,
        })
    }
}

/// Compares what it finds with what there was.
pub(crate) struct Walker {
    world: Arc<World>,
    catalogue: Arc<Catalogue>,
    caller: Caller,
    turn: usize,
}

impl Walker {
    pub(crate) fn new(world: &Arc<World>, catalogue: &Arc<Catalogue>) -> Self {
        Self {
            world: Arc::clone(world),
            catalogue: Arc::clone(catalogue),
            caller: Caller::forgetful(world, 0),
            turn: 0,
        }
    }
}

impl Client for Walker {
    async fn act(&mut self) {
        self.turn += 1;
        let keys = &self.world.keys;
        let (path, members, expected) = match self.turn % 3 {
            0 => ("/v1/numbers", NUMBER, &self.catalogue.numbers),
            _ => ("/v1/conversations", CONVERSATION, &self.catalogue.conversations),
        };
        let is_bland_only = self.turn % 3 == 2;
        let key = if is_bland_only {
            &keys.bland_only
        } else {
            &keys.reader
        };
        let Some(items) = walk(&self.world, &mut self.caller, path, members, key).await else {
            return;
        };
        let found: BTreeSet<String> = ids(&mut items.iter()).into_iter().collect();
        let expected: BTreeSet<String> = expected
            .iter()
            .filter(|id| !is_bland_only || id.starts_with("bland:"))
            .cloned()
            .collect();
        if found != expected || found.len() != items.len() {
            let (odd, items) = (
                found.symmetric_difference(&expected).take(3).collect::<Vec<_>>(),
                items.len(),
            );
            let what = format!(
                "{path}: {items} items, {} expected, differing in {odd:?}",
                expected.len()
            );
            self.world.broken(crate::tally::Promise::Wrong, &what);
        }
    }
}

/// All pages, or nothing if one of them failed for a good reason.
async fn walk(
    world: &World,
    caller: &mut Caller,
    path: &str,
    members: &[&str],
    key: &Key,
) -> Option<Vec<Value>> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let ask = Ask::get(KIND, format!("{path}?limit=100{cursor}")).by(key);
        let answer = caller.ask(&ask).await?;
        if !world.judge(&answer, &[200]) {
            return None;
        }
        items.extend(world.judge_page(&answer, members)?);
        match answer.at("/next_cursor").as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Some(items),
        }
        caller.home = 1 - caller.home;
    }
}

fn ids(items: &mut dyn Iterator<Item = &Value>) -> Vec<String> {
    items
        .filter_map(|item| Some(at(item, "/id").as_str()?.to_owned()))
        .collect()
}

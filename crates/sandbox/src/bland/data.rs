//! The organisation's state: conversations, their webhook logs, and the numbers of each channel.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::conversations;
use super::numbers::{self, Channel};

const DOCUMENTED_LOG: &str = include_str!("../../fixtures/bland/documented_log.json");
const DOCUMENTED_NUMBERS: &str = include_str!("../../fixtures/bland/documented_numbers.json");
const LOGS: &str = include_str!("../../fixtures/bland/logs.json");
const CONVERSATIONS: &str = include_str!("../../fixtures/bland/conversations.json");
const WHATSAPP_NUMBERS: &str = include_str!("../../fixtures/bland/whatsapp_numbers.json");
const IMESSAGE_NUMBERS: &str = include_str!("../../fixtures/bland/imessage_numbers.json");

/// Resources stay JSON: their sets of keys are open.
pub(super) struct Data {
    conversations: BTreeMap<String, Value>,
    webhook_logs: BTreeMap<String, Value>,
    numbers: BTreeMap<Channel, Vec<Value>>,
}

/// The envelope of the documented examples.
#[derive(Deserialize)]
struct Documented<T> {
    data: T,
}

impl Data {
    /// The documented examples together with the made-up set.
    pub(super) fn load() -> serde_json::Result<Self> {
        let log: Documented<Value> = serde_json::from_str(DOCUMENTED_LOG)?;
        let sms: Documented<Vec<Value>> = serde_json::from_str(DOCUMENTED_NUMBERS)?;
        let mut logs: Vec<Value> = serde_json::from_str(LOGS)?;
        logs.push(log.data);
        let mut conversations: Vec<Value> = serde_json::from_str(CONVERSATIONS)?;
        conversations.extend(conversations::made_up());
        let numbers = [
            (
                Channel::Sms,
                sms.data.into_iter().chain(numbers::made_up()).collect(),
            ),
            (Channel::Whatsapp, serde_json::from_str(WHATSAPP_NUMBERS)?),
            (Channel::Imessage, serde_json::from_str(IMESSAGE_NUMBERS)?),
        ];
        Ok(Self {
            conversations: by_key("id", conversations),
            webhook_logs: by_key("conversation_id", logs),
            numbers: numbers.into(),
        })
    }

    /// All conversations, in the order of their ids.
    pub(super) fn conversations(&self) -> impl Iterator<Item = &Value> {
        self.conversations.values()
    }

    pub(super) fn conversation(&self, id: &str) -> Option<&Value> {
        self.conversations.get(id)
    }

    /// The one log of a conversation, if anything was sent.
    pub(super) fn webhook_log(&self, conversation: &str) -> Option<&Value> {
        self.webhook_logs.get(conversation)
    }

    /// The numbers configured for a channel, in ascending order.
    pub(super) fn numbers(&self, channel: Channel) -> &[Value] {
        self.numbers.get(&channel).map_or(&[], Vec::as_slice)
    }
}

fn by_key(key: &str, resources: Vec<Value>) -> BTreeMap<String, Value> {
    let keyed = |resource: Value| Some((resource.get(key)?.as_str()?.to_owned(), resource));
    resources.into_iter().filter_map(keyed).collect()
}

//! The organisation's state: conversations, their webhook logs, and the numbers of each channel.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::channel::Channel;
use super::demo::{conversations, numbers};

const DOCUMENTED_LOG: &str = include_str!("../../fixtures/bland/documented_log.json");
const DOCUMENTED_NUMBERS: &str = include_str!("../../fixtures/bland/documented_numbers.json");
const LOGS: &str = include_str!("../../fixtures/bland/logs.json");
const CONVERSATIONS: &str = include_str!("../../fixtures/bland/conversations.json");
const WHATSAPP_NUMBERS: &str = include_str!("../../fixtures/bland/whatsapp_numbers.json");
const IMESSAGE_NUMBERS: &str = include_str!("../../fixtures/bland/imessage_numbers.json");

/// Resources stay JSON: their sets of keys are open.
#[derive(Clone)]
pub(super) struct Data {
    /// By their ids.
    pub(super) conversations: BTreeMap<String, Value>,
    /// By the id of the conversation, whose only log it is.
    pub(super) webhook_logs: BTreeMap<String, Value>,
    numbers: BTreeMap<Channel, BTreeMap<String, Value>>,
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
        let numbers: [(Channel, Vec<Value>); 3] = [
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
            numbers: numbers
                .map(|(channel, numbers)| (channel, by_key("phone_number", numbers)))
                .into(),
        })
    }

    /// The numbers configured for a channel, in ascending order.
    pub(super) fn numbers(&self, channel: Channel) -> Vec<&Value> {
        self.numbers
            .get(&channel)
            .into_iter()
            .flat_map(BTreeMap::values)
            .collect()
    }

    /// A number as it is configured for a channel.
    pub(super) fn number_mut(&mut self, channel: Channel, phone_number: &str) -> Option<&mut Value> {
        self.numbers.get_mut(&channel)?.get_mut(phone_number)
    }

    /// A number, if the organisation has it for any channel, as it is or would be configured for this one.
    pub(super) fn number(&self, channel: Channel, phone_number: &str) -> Option<Value> {
        let of = |numbers: &BTreeMap<String, Value>| numbers.get(phone_number).cloned();
        let configured = self.numbers.get(&channel).and_then(of);
        configured.or_else(|| {
            self.numbers
                .values()
                .find_map(of)
                .map(|known| channel.number_like(&known))
        })
    }

    /// Puts a number among those of a channel, in place of what it was.
    pub(super) fn put_number(&mut self, channel: Channel, phone_number: &str, number: Value) {
        let numbers = self.numbers.entry(channel).or_default();
        numbers.insert(phone_number.to_owned(), number);
    }
}

fn by_key(key: &str, resources: Vec<Value>) -> BTreeMap<String, Value> {
    let keyed = |resource: Value| Some((resource.get(key)?.as_str()?.to_owned(), resource));
    resources.into_iter().filter_map(keyed).collect()
}

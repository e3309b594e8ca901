//! What was reported of a conversation, and the same once more.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::data::Data;
use super::enveloped;
use super::error::Error;
use crate::http::Request;

const IDS: &str = "conversation_ids";
const REBUILD: &str = "rebuild";
const MAX_IDS: usize = 100;
/// What a payload repeats of its conversation, and the conversation's own name for it.
const REBUILT: [(&str, &str); 7] = [
    ("phone_number", "user_number"),
    ("agent_number", "agent_number"),
    ("channel", "effective_channel"),
    ("message_count", "message_count"),
    ("variables", "variables"),
    ("pathway_tags", "pathway_tags"),
    ("summary", "summary"),
];

/// Null for a conversation that was never reported, and for one that does not exist.
pub(super) fn fetch(data: &Data, conversation: &str) -> Value {
    enveloped(data.webhook_logs.get(conversation).unwrap_or(&Value::Null))
}

/// All or nothing. The receiver is made up, as all of them are, and content.
pub(super) fn resend(data: &mut Data, request: &Request, now: Timestamp) -> Result<Value, Error> {
    let body = request.object().map_err(|_| Error::InvalidParameter("body"))?;
    let ids = ids(&body).ok_or(Error::InvalidParameter(IDS))?;
    let rebuild = match body.get(REBUILD) {
        None => true,
        Some(Value::Bool(rebuild)) => *rebuild,
        Some(_) => return Err(Error::InvalidParameter(REBUILD)),
    };
    if !ids.iter().all(|id| data.webhook_logs.contains_key(*id)) {
        return Err(Error::LogNotFound);
    }
    let sent: Vec<Value> = ids
        .into_iter()
        .filter_map(|id| send(data, id, rebuild, now))
        .collect();
    Ok(enveloped(&sent.into()))
}

fn ids(body: &Map<String, Value>) -> Option<Vec<&str>> {
    let ids: Vec<&str> = body
        .get(IDS)?
        .as_array()?
        .iter()
        .map(Value::as_str)
        .collect::<Option<_>>()?;
    let different: BTreeSet<&&str> = ids.iter().collect();
    let is_valid = (1..=MAX_IDS).contains(&ids.len()) && different.len() == ids.len();
    (is_valid && !ids.contains(&"")).then_some(ids)
}

/// The log stays as it is but for the attempt; what was sent is told in the answer alone.
fn send(data: &mut Data, id: &str, rebuild: bool, now: Timestamp) -> Option<Value> {
    let log = data.webhook_logs.get_mut(id)?.as_object_mut()?;
    let stored = log.get("payload")?;
    let conversation = data.conversations.get(id).filter(|_| rebuild);
    let is_rebuilt = conversation.is_some();
    let payload = conversation.map_or_else(|| stored.clone(), |conversation| rebuilt(stored, conversation));
    let attempt = json!({
        "sent_at": format!("{now:.3}"),
        "response_code": 200,
        "response_time": "101ms",
        "send_type": if is_rebuilt { "rebuild" } else { "resend" },
    });
    log.get_mut("metadata")?.as_array_mut()?.push(attempt);
    let mut answer = log.clone();
    answer.insert("sent_payload".to_owned(), payload);
    answer.insert("rebuilt".to_owned(), json!(is_rebuilt));
    Some(answer.into())
}

fn rebuilt(stored: &Value, conversation: &Value) -> Value {
    let mut payload = stored.clone();
    if let Value::Object(members) = &mut payload {
        for (name, source) in REBUILT {
            if let Some(value) = conversation.get(source).filter(|value| !value.is_null()) {
                members.insert(name.to_owned(), value.clone());
            }
        }
    }
    payload
}

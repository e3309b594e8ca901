//! Single conversations: fetch, end or take up again, delete.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::data::Data;
use super::enveloped;
use super::error::Error;
use crate::http::Request;

pub(super) fn fetch(data: &Data, id: &str) -> Result<Value, Error> {
    let conversation = data.conversations.get(id);
    conversation.map(enveloped).ok_or(Error::ConversationNotFound)
}

/// Whether it is active is all that can be changed; other members are ignored.
pub(super) fn update(data: &mut Data, id: &str, request: &Request, now: Timestamp) -> Result<Value, Error> {
    if id.is_empty() {
        return Err(Error::ConversationIdRequired);
    }
    let body = request.object().map_err(|_| Error::InvalidParameter("body"))?;
    let Some(Value::Bool(is_active)) = body.get("is_active") else {
        return Err(Error::InvalidIsActive);
    };
    let conversation = data
        .conversations
        .get_mut(id)
        .ok_or(Error::ConversationNotFound)?;
    if let Value::Object(members) = conversation {
        members.insert("is_active".to_owned(), json!(is_active));
        members.insert("updated_at".to_owned(), json!(format!("{now:.3}")));
    }
    Ok(enveloped(conversation))
}

/// Its log goes with it.
pub(super) fn delete(data: &mut Data, id: &str) -> Result<Value, Error> {
    data.conversations.remove(id).ok_or(Error::ConversationNotFound)?;
    data.webhook_logs.remove(id);
    Ok(enveloped(
        &json!({ "message": "Conversation deleted successfully" }),
    ))
}

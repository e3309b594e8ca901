//! Conversation-scoped webhooks: list and fetch.

use hyper::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use super::data::Data;
use super::error::Error;
use super::page::Listing;
use super::record::Webhook;
use super::scope::{API, Scope};
use crate::http::{Answer, Request};

const LISTING: Listing = Listing {
    key: "webhooks",
    size: 5,
    max_size: 5,
    filters: &[],
};

pub(super) fn list(
    data: &Data,
    scope: Scope<'_>,
    conversation: &str,
    request: &Request,
) -> Result<Answer, Error> {
    let conversation = data.conversation(scope, conversation)?;
    let path = scope.webhooks(&conversation.sid);
    LISTING.answer(request, &path, &conversation.webhooks, |webhook| {
        show(webhook, scope)
    })
}

pub(super) fn fetch(data: &Data, scope: Scope<'_>, conversation: &str, sid: &str) -> Result<Answer, Error> {
    let mut webhooks = data.conversation(scope, conversation)?.webhooks.iter();
    let webhook = webhooks
        .find(|webhook| webhook.sid == sid)
        .ok_or_else(Error::webhook_not_found)?;
    Ok(Answer::json(StatusCode::OK, &show(webhook, scope)))
}

/// The resource as its path shows it: only the long one names the service.
fn show(webhook: &Webhook, scope: Scope<'_>) -> Value {
    #[derive(Serialize)]
    struct Shown<'a> {
        #[serde(flatten)]
        webhook: &'a Webhook,
        #[serde(skip_serializing_if = "Option::is_none")]
        chat_service_sid: Option<&'a str>,
        url: String,
    }
    let path = scope.webhooks(&webhook.conversation_sid);
    json!(Shown {
        webhook,
        chat_service_sid: scope.service(),
        url: format!("{API}{path}/{}", webhook.sid),
    })
}

//! Conversation-scoped webhooks: list and fetch.

use hyper::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use super::data::{Data, Scope};
use super::error::Error;
use super::page::Page;
use super::record::Webhook;
use crate::http::{Answer, Request};

/// Where resources say that they live, whoever serves them.
const API: &str = "https://conversations.twilio.com";

pub(super) fn list(data: &Data, scope: Scope<'_>, request: &Request) -> Result<Answer, Error> {
    let webhooks = data.webhooks(scope)?;
    let page = Page::of(request, webhooks.len())?;
    let shown: Vec<Value> = page.slice(webhooks).map(|webhook| show(webhook, scope)).collect();
    let meta = page.meta(&format!("{}{}", request.origin, scope.path()), "webhooks");
    Ok(Answer::json(
        StatusCode::OK,
        &json!({ "meta": meta, "webhooks": shown }),
    ))
}

pub(super) fn fetch(data: &Data, scope: Scope<'_>, sid: &str) -> Result<Answer, Error> {
    let webhook = data.webhooks(scope)?.iter().find(|webhook| webhook.sid == sid);
    let webhook = webhook.ok_or_else(Error::webhook_not_found)?;
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
    let url = format!("{API}{}/{}", scope.path(), webhook.sid);
    json!(Shown {
        webhook,
        chat_service_sid: scope.service,
        url
    })
}

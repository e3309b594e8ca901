//! Neutral requests as Twilio's. The path with the service is the one that works for every conversation, so
//! it is taken wherever the service is known.

use model::{Path, UpstreamRequest};

use super::page::Turn;
use super::sid::Conversation;

/// Webhooks on a page: the default and the maximum, and more than five a conversation cannot have.
const PAGE_SIZE: &str = "5";

/// `GET …/Webhooks`
pub(super) fn list_webhooks(conversation: &Conversation, turn: &Turn) -> UpstreamRequest {
    let path = Path::of(webhooks(conversation));
    let mut request = UpstreamRequest::get(path).query("PageSize", PAGE_SIZE);
    if let Some(page) = &turn.page {
        request = request.query("Page", page);
    }
    if let Some(token) = &turn.token {
        request = request.query("PageToken", token);
    }
    request
}

/// `GET …/Webhooks/{sid}`
pub(super) fn get_webhook(conversation: &Conversation, sid: &str) -> UpstreamRequest {
    UpstreamRequest::get(Path::of(webhooks(conversation).chain([sid])))
}

fn webhooks(conversation: &Conversation) -> impl Iterator<Item = &str> {
    let service = conversation.service.as_deref().map(|sid| ["Services", sid]);
    let conversation = ["Conversations", &conversation.sid, "Webhooks"];
    ["v1"]
        .into_iter()
        .chain(service.into_iter().flatten())
        .chain(conversation)
}

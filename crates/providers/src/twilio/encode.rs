//! Neutral requests as Twilio's. The path with the service is the one that works for every conversation, so
//! it is taken wherever the service is known.

use model::{Path, UpstreamRequest};

use super::filter::Filter;
use super::page::Turn;
use super::sid::Conversation;

/// Webhooks on a page: the default and the maximum, and more than five a conversation cannot have.
const WEBHOOKS: &str = "5";
/// Services or conversations on a page: the default. A hundred is the maximum, of which most clients would
/// want a fifth.
const OTHERS: &str = "50";

/// `GET /v1/Services`
pub(super) fn list_services() -> UpstreamRequest {
    UpstreamRequest::get(Path::of(["v1", "Services"])).query("PageSize", OTHERS)
}

/// `GET …/Conversations`
pub(super) fn list_conversations(filter: &Filter) -> UpstreamRequest {
    let path = Path::of(conversations(filter.service.as_deref()));
    let query = [
        ("State", &filter.state),
        ("StartDate", &filter.start),
        ("EndDate", &filter.end),
    ];
    query.into_iter().fold(
        UpstreamRequest::get(path).query("PageSize", OTHERS),
        |request, (name, value)| with(request, name, value.as_ref()),
    )
}

/// `GET …/Conversations/{sid}`
pub(super) fn get_conversation(conversation: &Conversation) -> UpstreamRequest {
    UpstreamRequest::get(Path::of(in_conversation(conversation)))
}

/// `GET …/Webhooks`
pub(super) fn list_webhooks(conversation: &Conversation) -> UpstreamRequest {
    let path = Path::of(in_conversation(conversation).chain(["Webhooks"]));
    UpstreamRequest::get(path).query("PageSize", WEBHOOKS)
}

/// `GET …/Webhooks/{sid}`
pub(super) fn get_webhook(conversation: &Conversation, sid: &str) -> UpstreamRequest {
    UpstreamRequest::get(Path::of(in_conversation(conversation).chain(["Webhooks", sid])))
}

/// The request for a list, at one of its pages.
pub(super) fn at(list: UpstreamRequest, turn: &Turn) -> UpstreamRequest {
    let request = with(list, "Page", turn.page.as_ref());
    with(request, "PageToken", turn.token.as_ref())
}

fn with(request: UpstreamRequest, name: &'static str, value: Option<&String>) -> UpstreamRequest {
    match value {
        Some(value) => request.query(name, value),
        None => request,
    }
}

fn in_conversation(conversation: &Conversation) -> impl Iterator<Item = &str> {
    conversations(conversation.service.as_deref()).chain([conversation.sid.as_str()])
}

fn conversations(service: Option<&str>) -> impl Iterator<Item = &str> {
    let service = service.map(|sid| ["Services", sid]);
    ["v1"]
        .into_iter()
        .chain(service.into_iter().flatten())
        .chain(["Conversations"])
}

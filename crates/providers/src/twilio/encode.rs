//! Neutral requests as Twilio's. The path with the service is the one that works for every conversation, so
//! it is taken wherever the service is known.

use http::Method;
use model::{Body, Path, UpstreamRequest};

use super::filter::Filter;
use super::page::Turn;
use super::sid::{Conversation, Scope};

/// Webhooks on a page: the default and the maximum, and more than five a conversation cannot have.
const WEBHOOKS: &str = "5";
/// Services, conversations or addresses on a page: the default. A hundred is the maximum of the first two, of
/// which most clients would want a fifth.
const OTHERS: &str = "50";
const ADDRESSES: [&str; 3] = ["v1", "Configuration", "Addresses"];

/// `GET /v1/Services`
pub(super) fn list_services() -> UpstreamRequest {
    UpstreamRequest::get(Path::of(["v1", "Services"])).query("PageSize", OTHERS)
}

/// `GET /v1/Services/{sid}`
pub(super) fn get_service(sid: &str) -> UpstreamRequest {
    UpstreamRequest::get(Path::of(["v1", "Services", sid]))
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
    UpstreamRequest::get(webhook(conversation, sid))
}

/// `POST …/Webhooks`
pub(super) fn create_webhook(conversation: &Conversation, form: Body) -> UpstreamRequest {
    let path = Path::of(in_conversation(conversation).chain(["Webhooks"]));
    UpstreamRequest::write(Method::POST, path, form)
}

/// `POST …/Webhooks/{sid}`
pub(super) fn update_webhook(conversation: &Conversation, sid: &str, form: Body) -> UpstreamRequest {
    UpstreamRequest::write(Method::POST, webhook(conversation, sid), form)
}

/// `DELETE …/Webhooks/{sid}`
pub(super) fn delete_webhook(conversation: &Conversation, sid: &str) -> UpstreamRequest {
    UpstreamRequest::write(Method::DELETE, webhook(conversation, sid), Body::Empty)
}

/// `GET /v1/Configuration/Addresses`
pub(super) fn list_addresses(kind: Option<&String>) -> UpstreamRequest {
    let list = UpstreamRequest::get(Path::of(ADDRESSES)).query("PageSize", OTHERS);
    with(list, "Type", kind)
}

/// `GET /v1/Configuration/Addresses/{address or sid}`
pub(super) fn get_address(address: &str) -> UpstreamRequest {
    UpstreamRequest::get(Path::of(ADDRESSES.into_iter().chain([address])))
}

/// `POST /v1/Configuration/Addresses/{address or sid}`
pub(super) fn update_address(address: &str, form: Body) -> UpstreamRequest {
    let path = Path::of(ADDRESSES.into_iter().chain([address]));
    UpstreamRequest::write(Method::POST, path, form)
}

/// `GET …/Configuration/Webhooks`
pub(super) fn get_callbacks(scope: &Scope) -> UpstreamRequest {
    UpstreamRequest::get(callbacks(scope))
}

/// `POST …/Configuration/Webhooks`
pub(super) fn update_callbacks(scope: &Scope, form: Body) -> UpstreamRequest {
    UpstreamRequest::write(Method::POST, callbacks(scope), form)
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

fn webhook(conversation: &Conversation, sid: &str) -> Path {
    Path::of(in_conversation(conversation).chain(["Webhooks", sid]))
}

fn callbacks(scope: &Scope) -> Path {
    let parent = match scope {
        Scope::Account => Vec::new(),
        Scope::Service(sid) => vec!["Services", sid],
    };
    let segments = ["v1"].into_iter().chain(parent);
    Path::of(segments.chain(["Configuration", "Webhooks"]))
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

//! Neutral requests as Bland's.

use http::Method;
use model::{Body, Error, Json, Path, Result, UpstreamRequest};

use super::channel::Channel;
use super::dialect::{Dialect, PAGE_SIZE, Position};
use super::filter::Filters;

/// `GET /v1/sms/conversations/{id}`
pub(super) fn get_conversation(conversation: &str) -> UpstreamRequest {
    UpstreamRequest::get(Path::of(["v1", "sms", "conversations", conversation]))
}

/// `GET /v1/sms/conversations`, in the dialect of the place.
pub(super) fn list_conversations(filters: &Filters, at: &Position) -> UpstreamRequest {
    let (place, size) = match at.dialect {
        Dialect::Page => ("page", "pageSize"),
        Dialect::Offset => ("from", "limit"),
    };
    let request = UpstreamRequest::get(Path::of(["v1", "sms", "conversations"]))
        .query(place, at.at.to_string())
        .query(size, PAGE_SIZE.to_string());
    if filters.is_empty() {
        return request;
    }
    let request = request.query("filters", filters.text(at.dialect));
    match at.dialect {
        Dialect::Page => request,
        // What it does without is not documented.
        Dialect::Offset => request.query("mode", "AND"),
    }
}

/// `GET /v1/sms/conversations/{id}/webhook`
pub(super) fn get_log(conversation: &str) -> UpstreamRequest {
    UpstreamRequest::get(Path::of(["v1", "sms", "conversations", conversation, "webhook"]))
}

/// `GET /v1/sms/numbers`. The request for the default channel is the documented one, without parameters.
pub(super) fn list_numbers(channel: Channel) -> UpstreamRequest {
    let request = UpstreamRequest::get(Path::of(["v1", "sms", "numbers"]));
    match channel {
        Channel::Sms => request,
        other => request.query("channel", other.name()),
    }
}

/// `POST /v1/sms/webhook/update`, which knows SMS alone. Without a URL the callback is taken away.
pub(super) fn update_webhook(address: &str, url: Option<String>) -> Result<UpstreamRequest> {
    let body = Json::object([
        ("phone_number", Some(Json::text(address))),
        ("webhook", Some(url.map_or(Json::Null, Json::String))),
    ]);
    post(Path::of(["v1", "sms", "webhook", "update"]), &body)
}

/// `POST /v1/sms/number/update`. What becomes of a key that is not sent is not documented, so all of the present
/// configuration goes along.
pub(super) fn update_number(
    channel: Channel,
    address: &str,
    config: Vec<(String, Json)>,
    url: Option<String>,
) -> Result<UpstreamRequest> {
    const OWN: [&str; 3] = ["phone_number", "channel", "webhook"];
    let own = [
        Json::text(address),
        Json::text(channel.name()),
        url.map_or(Json::Null, Json::String),
    ];
    let own = OWN.map(str::to_owned).into_iter().zip(own);
    let rest = config
        .into_iter()
        .filter(|(name, _)| !OWN.contains(&name.as_str()));
    let body = Json::Object(own.chain(rest).collect());
    post(Path::of(["v1", "sms", "number", "update"]), &body)
}

/// `POST /v1/sms/conversations/webhooks/resend`
pub(super) fn resend(conversation: &str, rebuild: bool) -> Result<UpstreamRequest> {
    let body = Json::object([
        (
            "conversation_ids",
            Some(Json::Array(vec![Json::text(conversation)])),
        ),
        ("rebuild", Some(Json::Bool(rebuild))),
    ]);
    let path = Path::of(["v1", "sms", "conversations", "webhooks", "resend"]);
    post(path, &body)
}

fn post(path: Path, body: &Json) -> Result<UpstreamRequest> {
    let body = serde_json::to_vec(body).map_err(|why| Error::internal(why.to_string()))?;
    let body = Body::Json(body.into());
    Ok(UpstreamRequest::write(Method::POST, path, body))
}

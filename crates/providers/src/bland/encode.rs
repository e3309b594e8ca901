//! Neutral requests as Bland's.

use model::{Path, UpstreamRequest};

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

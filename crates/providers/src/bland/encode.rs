//! Neutral requests as Bland's.

use model::{Path, UpstreamRequest};

use super::channel::Channel;

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

//! Twilio's refusals. Which status a 50xxx code comes with is not published, so the codes whose meaning is
//! beyond doubt decide before the status does.

use model::{Code, Error, Node, UpstreamResponse};

use super::PROFILE;
use crate::refusal::{self, Said};

/// Reads an answer outside 2xx.
pub(super) fn read(response: &UpstreamResponse) -> Error {
    let said = Node::parse(&response.body).map_or_else(|_| Said::default(), |body| said(&body));
    let code = match (response.status, said.code.as_deref()) {
        // 50361, the sixth webhook of a conversation: the request is right, the state is not. The others:
        // somebody else is changing the same conversation.
        (400..=499, Some("50361" | "20409" | "50391")) => Code::Conflict,
        // The conversation, or the webhook in it; also an id that is well-formed but of no resource.
        (400 | 404, Some("20404" | "50350" | "50360")) => Code::NotFound,
        // Too many at once, and too many writes for one service.
        (400..=499, Some("20429" | "50063")) => Code::RateLimited,
        (400..=499, Some("20003" | "20005" | "20006" | "20008" | "20403")) => Code::ProviderAuthFailed,
        (status, _) => refusal::by_status(status),
    };
    refusal::error(&PROFILE, response, code, said)
}

/// The classic body, `{code, message, …}`, and problems of RFC 9457, `{code, title, detail, …}`.
fn said(body: &Node<'_>) -> Said {
    let text = ["message", "detail", "title"]
        .into_iter()
        .filter_map(|name| body.member(name))
        .find(|member| member.as_str().is_some());
    Said::read(body.member("code"), text)
}

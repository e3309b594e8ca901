//! Twilio's refusals. Which status a 50xxx code comes with is not published, so the codes whose meaning is
//! beyond doubt decide before the status does.

use bytes::Bytes;
use model::{Code, Error, Node, Place, UpstreamResponse};
use serde_json::json;

use super::PROFILE;
use crate::refusal::{self, Said};

/// Reads an answer outside 2xx.
pub(super) fn read(response: &UpstreamResponse) -> Error {
    let said = Node::parse(&response.body).map_or_else(|_| Said::default(), |body| said(&body));
    let code = match (response.status, said.code.as_deref()) {
        // The request is right, the state is not: the sixth webhook of a conversation, the sixth keyword of a
        // webhook, a closed conversation. The others: somebody else is changing the same conversation.
        (400..=499, Some("50361" | "50362" | "50377" | "20409" | "50391")) => Code::Conflict,
        // The conversation, or the webhook in it; also an id that is well-formed but of no resource.
        (400 | 404, Some("20404" | "50350" | "50360")) => Code::NotFound,
        // Too many at once, and too many writes for one service.
        (400..=499, Some("20429" | "50063")) => Code::RateLimited,
        // The last: our account is in a region that does not have it.
        (400..=499, Some("20003" | "20005" | "20006" | "20008" | "20403" | "50385")) => {
            Code::ProviderAuthFailed
        }
        (status, _) => refusal::by_status(status),
    };
    let fault = said.code.as_deref().and_then(fault);
    let error = refusal::error(&PROFILE, response, code, said);
    match fault {
        Some((place, detail)) if matches!(code, Code::InvalidRequest | Code::Conflict) => {
            error.at(place, detail)
        }
        _ => error,
    }
}

/// The part of the request that a code is about, and what is wrong with it.
fn fault(code: &str) -> Option<(Place, &'static str)> {
    let (pointer, detail) = match code {
        "50362" => ("#/keywords", "twilio takes 5 keywords at the most"),
        "50363" => {
            let place = Place::Parameter("webhook_id".to_owned());
            return Some((place, "twilio does not take this for the id of a webhook"));
        }
        "50364" => ("#/target/type", "twilio does not know this target"),
        "50368" => ("#/target/type", "twilio needs it"),
        "50365" => ("#/events", "twilio does not know one of these events"),
        "50370" => ("#/events", "twilio needs one event at least"),
        "50366" => (
            "#/keywords",
            "twilio refuses one of these; each has 1 to 248 characters",
        ),
        "50371" => ("#/keywords", "twilio needs one keyword at least"),
        "50367" => ("#/target/flow_id", "twilio does not know this flow"),
        "50369" => ("#/target/url", "twilio needs it"),
        "50372" => ("#/target/url", "twilio takes 512 characters at the most"),
        "50054" | "50078" => ("#/target/url", "twilio does not take this for a callback URL"),
        "50055" => ("#/target/method", "twilio calls by `GET` or `POST`"),
        _ => return None,
    };
    Some((Place::Pointer(pointer.to_owned()), detail))
}

/// An error of the gateway, in the shape of Twilio's. Codes of Twilio's own would tell of other things, so the
/// code is the status.
pub(super) fn render(status: u16, error: &Error) -> Bytes {
    let body = json!({
        "code": status,
        "message": error.detail(),
        "more_info": format!("/problems/{}", error.code().as_str()),
        "status": status,
    });
    body.to_string().into()
}

/// The classic body, `{code, message, …}`, and problems of RFC 9457, `{code, title, detail, …}`.
fn said(body: &Node<'_>) -> Said {
    let text = ["message", "detail", "title"]
        .into_iter()
        .filter_map(|name| body.member(name))
        .find(|member| member.as_str().is_some());
    Said::read(body.member("code"), text)
}

//! Bland's refusals, in any of the four shapes that its documentation shows, under any status.

use bytes::Bytes;
use model::{Code, Drift, DriftKind, Error, Kind, Node, UpstreamResponse};
use serde_json::json;

use super::PROFILE;
use crate::refusal::{self, Said};

/// Reads an answer outside 2xx.
pub(super) fn read(response: &UpstreamResponse) -> Error {
    let said = Node::parse(&response.body).map_or_else(|_| Said::default(), |body| said(&body));
    error(response, said)
}

/// The error that an answer of 2xx is all the same: it lists errors, or it has no data and some other form of
/// an error.
pub(super) fn inside(response: &UpstreamResponse, body: &Node<'_>, drift: &mut Drift) -> Option<Error> {
    let present = |name| {
        body.member(name)
            .map(Node::kind)
            .filter(|kind| **kind != Kind::Null)
    };
    let (is_listed, is_strange) = match present("errors") {
        Some(Kind::Array(errors)) => (!errors.is_empty(), false),
        errors => (false, errors.is_some()),
    };
    if is_strange {
        drift.note("errors", DriftKind::TypeChanged);
    }
    let is_said = present("error").is_some() || body.member("status").and_then(Node::as_str) == Some("error");
    let is_error = is_listed || (is_strange || is_said) && present("data").is_none();
    is_error.then(|| error(response, said(body)))
}

/// An error of the gateway, in the shape of Bland's. Its codes are upper case.
pub(super) fn render(error: &Error) -> Bytes {
    let code = error.code().as_str().to_ascii_uppercase();
    let body = json!({ "data": null, "errors": [{ "error": code, "message": error.detail() }] });
    body.to_string().into()
}

fn error(response: &UpstreamResponse, said: Said) -> Error {
    let code = match (response.status, said.code.as_deref().unwrap_or_default()) {
        (200..=299, "AUTH_FAILURE" | "ENTERPRISE_REQUIRED") => Code::ProviderAuthFailed,
        (200..=299, code) if code.ends_with("_NOT_FOUND") => Code::NotFound,
        (200..=299, code) if code.starts_with("SMS_RL_") => Code::RateLimited,
        // After the plan's ENTERPRISE_REQUIRED: PHONE_NUMBER_REQUIRED and the like.
        (200..=299, code)
            if code.starts_with("INVALID_")
                || code.starts_with("MISSING_")
                || code.ends_with("_REQUIRED") =>
        {
            Code::InvalidRequest
        }
        (200..=299, code) if code == "INTERNAL_SERVER_ERROR" || code.starts_with("ERROR_") => {
            Code::ProviderUnavailable
        }
        (status, _) => refusal::by_status(status),
    };
    refusal::error(&PROFILE, response, code, said)
}

/// The first error of `errors`, which holds objects or texts, else the body itself: `{error, message}`, either
/// of them alone, or `{status, message}`.
fn said(body: &Node<'_>) -> Said {
    let first = match body.member("errors").map(Node::kind) {
        Some(Kind::Array(items)) => items.first(),
        _ => None,
    };
    match first.map(Node::kind) {
        Some(Kind::Object(_)) => first.map_or_else(Said::default, named),
        // Beside a list of texts stands a message that says it as a whole.
        Some(_) => Said::read(None, body.member("message").or(first)),
        None => named(body),
    }
}

/// `{error, message}`. Where `error` is a sentence, it is the message.
fn named(object: &Node<'_>) -> Said {
    let (error, message) = (object.member("error"), object.member("message"));
    let is_sentence = error
        .and_then(Node::as_str)
        .is_some_and(|text| text.contains(' '));
    if is_sentence && message.is_none() {
        return Said::read(None, error);
    }
    Said::read(error, message)
}

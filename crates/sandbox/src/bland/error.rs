//! Refusals, in the envelope of the SMS endpoints. What an unknown path or method gets is not
//! documented: the plain shape is the one that other endpoints use for a 404.

use hyper::StatusCode;
use hyper::header::{ALLOW, HeaderValue};
use serde_json::json;

use crate::http::Answer;

/// Why a request was refused.
#[derive(Clone, Copy)]
pub(super) enum Error {
    Unauthenticated,
    NoSuchPath,
    MethodNotAllowed,
    InvalidChannel,
    InvalidParameter(&'static str),
    ConversationNotFound,
}

impl Error {
    pub(super) fn into_answer(self) -> Answer {
        match self {
            Self::Unauthenticated => listed(StatusCode::UNAUTHORIZED, "AUTH_FAILURE", "Unauthorized"),
            Self::NoSuchPath => Answer::json(StatusCode::NOT_FOUND, &json!({ "error": "Not found" })),
            Self::MethodNotAllowed => listed(
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                "Method not allowed",
            )
            .with(ALLOW, HeaderValue::from_static("GET")),
            Self::InvalidChannel => listed(
                StatusCode::BAD_REQUEST,
                "INVALID_CHANNEL",
                "channel must be sms, whatsapp or imessage",
            ),
            Self::InvalidParameter(name) => listed(
                StatusCode::BAD_REQUEST,
                "INVALID_PARAMETER",
                &format!("{name} is not valid"),
            ),
            Self::ConversationNotFound => listed(
                StatusCode::NOT_FOUND,
                "CONVERSATION_NOT_FOUND",
                "Conversation not found",
            ),
        }
    }
}

fn listed(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::json(
        status,
        &json!({ "data": null, "errors": [{ "error": code, "message": message }] }),
    )
}

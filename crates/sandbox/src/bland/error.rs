//! Refusals, in the envelope of the SMS endpoints. What an unknown path or method gets is not
//! documented: the plain shape is the one that other endpoints use for a 404.

use hyper::StatusCode;
use hyper::header::{ALLOW, HeaderValue};
use serde_json::json;

use super::channel::Channel;
use crate::http::Answer;

/// Why a request was refused.
#[derive(Clone, Copy)]
pub(super) enum Error {
    Unauthenticated,
    NoSuchPath,
    MethodNotAllowed(&'static str),
    InvalidChannel,
    InvalidParameter(&'static str),
    InvalidIsActive,
    PhoneNumberRequired,
    ConversationIdRequired,
    ConversationNotFound,
    NumberNotFound,
    LogNotFound,
    NotUpdated(Channel),
    /// What nobody asked for, with this status.
    Failure(StatusCode),
}

impl Error {
    pub(super) fn into_answer(self) -> Answer {
        let (status, code, message) = match self {
            Self::NoSuchPath => return Answer::json(StatusCode::NOT_FOUND, &json!({ "error": "Not found" })),
            Self::MethodNotAllowed(methods) => {
                return listed(
                    StatusCode::METHOD_NOT_ALLOWED,
                    "METHOD_NOT_ALLOWED",
                    "Method not allowed",
                )
                .with(ALLOW, HeaderValue::from_static(methods));
            }
            Self::InvalidParameter(name) => {
                let message = format!("{name} is not valid");
                return listed(StatusCode::BAD_REQUEST, "INVALID_PARAMETER", &message);
            }
            Self::NotUpdated(channel) => (StatusCode::INTERNAL_SERVER_ERROR, channel.error(), "Not updated"),
            Self::Failure(status) => (
                status,
                failure(status),
                status.canonical_reason().unwrap_or("Error"),
            ),
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "AUTH_FAILURE", "Unauthorized"),
            Self::InvalidChannel => (
                StatusCode::BAD_REQUEST,
                "INVALID_CHANNEL",
                "channel must be sms, whatsapp or imessage",
            ),
            Self::InvalidIsActive => (
                StatusCode::BAD_REQUEST,
                "INVALID_IS_ACTIVE_VALUE",
                "is_active must be true or false",
            ),
            Self::PhoneNumberRequired => (
                StatusCode::BAD_REQUEST,
                "PHONE_NUMBER_REQUIRED",
                "phone_number is required",
            ),
            Self::ConversationIdRequired => (
                StatusCode::BAD_REQUEST,
                "CONVERSATION_ID_REQUIRED",
                "Conversation id is required",
            ),
            Self::ConversationNotFound => (
                StatusCode::NOT_FOUND,
                "CONVERSATION_NOT_FOUND",
                "Conversation not found",
            ),
            Self::NumberNotFound => (
                StatusCode::NOT_FOUND,
                "INBOUND_NUMBER_NOT_FOUND",
                "Inbound number not found",
            ),
            Self::LogNotFound => (StatusCode::NOT_FOUND, "WEBHOOK_NOT_FOUND", "Webhook not found"),
        };
        listed(status, code, message)
    }
}

/// The code that goes best with a status; for too many requests there is only that of a plan.
fn failure(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "INVALID_PARAMETER",
        401 => "AUTH_FAILURE",
        403 => "ENTERPRISE_REQUIRED",
        404 => "CONVERSATION_NOT_FOUND",
        429 => "SMS_RL_PLAN_HOURLY",
        _ => "INTERNAL_SERVER_ERROR",
    }
}

fn listed(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::json(
        status,
        &json!({ "data": null, "errors": [{ "error": code, "message": message }] }),
    )
}

//! Refusals, with Twilio's codes. Its dictionary gives no status for the codes of single resources:
//! 404 for what is missing and 400 for bad input are the conventional ones.

use hyper::StatusCode;
use hyper::header::{ALLOW, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use serde_json::json;

use crate::http::Answer;

/// A refusal on its way to becoming an answer.
pub(super) struct Error {
    status: StatusCode,
    code: u32,
    message: String,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Error {
    pub(super) fn unauthenticated() -> Self {
        let challenge = HeaderValue::from_static("Basic realm=\"Twilio API\"");
        let error = Self::new(StatusCode::UNAUTHORIZED, 20003, "Authenticate");
        Self {
            header: Some((WWW_AUTHENTICATE, challenge)),
            ..error
        }
    }

    /// An unknown path, or an unknown service in a known one.
    pub(super) fn no_such_resource() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            20404,
            "The requested resource was not found",
        )
    }

    pub(super) fn method_not_allowed() -> Self {
        let error = Self::new(StatusCode::METHOD_NOT_ALLOWED, 20004, "Method not allowed");
        Self {
            header: Some((ALLOW, HeaderValue::from_static("GET"))),
            ..error
        }
    }

    pub(super) fn invalid_parameter(name: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            20001,
            format!("Invalid parameter: {name}"),
        )
    }

    pub(super) fn conversation_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, 50350, "Conversation not found")
    }

    pub(super) fn webhook_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, 50360, "Conversation webhook not found")
    }

    pub(super) fn into_answer(self) -> Answer {
        let body = json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status.as_u16(),
        });
        let answer = Answer::json(self.status, &body);
        match self.header {
            Some((name, value)) => answer.with(name, value),
            None => answer,
        }
    }

    fn new(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            header: None,
        }
    }
}

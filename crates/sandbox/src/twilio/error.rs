//! Refusals in the body that every Twilio API gives them.

use hyper::StatusCode;
use hyper::header::{ALLOW, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use serde_json::json;

use super::reason::Reason;
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

    /// For a path that has these methods only.
    pub(super) fn method_not_allowed(methods: &'static str) -> Self {
        let error = Self::new(StatusCode::METHOD_NOT_ALLOWED, 20004, "Method not allowed");
        Self {
            header: Some((ALLOW, HeaderValue::from_static(methods))),
            ..error
        }
    }

    /// A parameter that is unknown or has a bad value, or is missing.
    pub(super) fn invalid_parameter(name: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            20001,
            format!("Invalid parameter: {name}"),
        )
    }

    /// A failure that the request is not to blame for, or not known to be.
    pub(super) fn failure(status: StatusCode) -> Self {
        let code = match status.as_u16() {
            400 => 20001,
            401 => 20003,
            403 => 20403,
            404 => 20404,
            405 => 20004,
            409 => 20409,
            429 => 20429,
            503 => 20503,
            _ => 20500,
        };
        Self::new(status, code, status.canonical_reason().unwrap_or("Error"))
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

impl From<Reason> for Error {
    fn from(reason: Reason) -> Self {
        Self::new(reason.status(), reason.code(), reason.message())
    }
}

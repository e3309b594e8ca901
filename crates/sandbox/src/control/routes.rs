//! The control path: rules and reset over HTTP, without a credential, since only this machine can reach it. A
//! page in a browser can as well, so whatever comes from one is refused.
//!
//! `GET /sandbox/faults` lists the rules that are left, `POST` adds one, a [`Fault`] as JSON, and answers with its
//! id; `DELETE` removes all, or one at `/sandbox/faults/{id}`. `POST /sandbox/reset` puts everything back.

use hyper::header::{ALLOW, HeaderValue, ORIGIN};
use hyper::{Method, StatusCode};
use serde_json::json;

use super::{Control, Refused};
use crate::fault::Fault;
use crate::http::{Answer, BadBody, Request};

enum Route<'a> {
    Faults,
    Fault(&'a str),
    Reset,
}

/// Whether the path is part of the control path, served or not.
pub(crate) fn owns(path: &[&str]) -> bool {
    path.first() == Some(&"sandbox")
}

/// The answer, refusals included.
pub(crate) fn answer(control: &Control, request: &Request) -> Answer {
    if request.headers.contains_key(ORIGIN) {
        return refusal(StatusCode::FORBIDDEN, "not for pages in a browser");
    }
    let path = request.path();
    let Some(route) = route(&path) else {
        return refusal(StatusCode::NOT_FOUND, "no such path");
    };
    match (&route, &request.method) {
        (Route::Faults, &Method::GET) => Answer::json(StatusCode::OK, &json!({ "faults": control.faults() })),
        (Route::Faults, &Method::POST) => add(control, request),
        (Route::Faults, &Method::DELETE) => {
            control.clear();
            Answer::empty(StatusCode::NO_CONTENT)
        }
        (Route::Fault(id), &Method::DELETE) => match id.parse() {
            Ok(id) if control.remove(id) => Answer::empty(StatusCode::NO_CONTENT),
            _ => refusal(StatusCode::NOT_FOUND, "no such rule"),
        },
        (Route::Reset, &Method::POST) => {
            control.reset();
            Answer::empty(StatusCode::NO_CONTENT)
        }
        _ => refusal(StatusCode::METHOD_NOT_ALLOWED, "no such method here")
            .with(ALLOW, HeaderValue::from_static(route.methods())),
    }
}

impl Route<'_> {
    fn methods(&self) -> &'static str {
        match self {
            Self::Faults => "GET, POST, DELETE",
            Self::Fault(_) => "DELETE",
            Self::Reset => "POST",
        }
    }
}

fn route<'a>(path: &[&'a str]) -> Option<Route<'a>> {
    match *path {
        ["sandbox", "faults"] => Some(Route::Faults),
        ["sandbox", "faults", id] => Some(Route::Fault(id)),
        ["sandbox", "reset"] => Some(Route::Reset),
        _ => None,
    }
}

fn add(control: &Control, request: &Request) -> Answer {
    let fault = match request.json::<Fault>() {
        Ok(Ok(fault)) => fault,
        Ok(Err(error)) if error.is_data() => {
            return refusal(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string());
        }
        Ok(Err(_)) | Err(BadBody::Malformed) => {
            return refusal(StatusCode::BAD_REQUEST, "the body is not JSON");
        }
        Err(BadBody::ContentType) => {
            return refusal(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "content-type must be application/json",
            );
        }
    };
    match control.add(fault) {
        Ok(rule) => Answer::json(StatusCode::CREATED, &json!(rule)),
        Err(reason @ Refused::Invalid(_)) => refusal(StatusCode::UNPROCESSABLE_ENTITY, &reason.to_string()),
        Err(reason @ Refused::Full) => refusal(StatusCode::CONFLICT, &reason.to_string()),
    }
}

fn refusal(status: StatusCode, reason: &str) -> Answer {
    Answer::json(status, &json!({ "error": reason }))
}

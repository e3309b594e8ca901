//! Headers of requests. What has no form of its own is text: a gateway that refuses a request for the sake of its
//! trace would be of no use.

use layers::idempotency;
use serde_json::{Value, json};

use crate::api::route::{Action, Verb};
use crate::openapi::requirements::{has_preconditions, is_cached};

/// Every one that is read, but for credentials and those that describe the body.
pub(super) const ALL: [&str; 6] = [
    "X-Request-Id",
    "traceparent",
    "If-None-Match",
    "If-Match",
    "Cache-Control",
    "Idempotency-Key",
];

/// Those that an action reads.
pub(super) fn of(action: &Action) -> impl Iterator<Item = &'static str> {
    ALL.into_iter().filter(|name| match *name {
        "If-None-Match" => action.verb == Verb::Get,
        "If-Match" => has_preconditions(action),
        "Cache-Control" => is_cached(action),
        "Idempotency-Key" => action.verb == Verb::Post,
        _ => true,
    })
}

/// What it is for.
pub(super) fn about(name: &str) -> &'static str {
    match name {
        "X-Request-Id" => {
            "An id for the request, made up by the client. One that is not well-formed is replaced."
        }
        "traceparent" => "The trace that the request belongs to (W3C Trace Context).",
        "If-None-Match" => "Tags of the states that the client has: a read of one of them is answered 304.",
        "If-Match" => "Tags of the states that the request is meant for: in any other it is answered 412.",
        "Cache-Control" => {
            "`no-cache` asks for a fresh answer, `max-age` for one of that age, `no-store` keeps it out of the cache, \
             `only-if-cached` asks for no call to the provider."
        }
        _ => {
            "Makes the request safe to repeat for 24 hours: the same key with the same body gets the same answer, with \
             another body 422, while the first is under way 409."
        }
    }
}

/// Its form.
pub(super) fn schema(name: &str) -> Value {
    match name {
        "Cache-Control" => json!({ "type": "string", "examples": ["no-cache", "max-age=10"] }),
        "Idempotency-Key" => {
            json!({ "type": "string", "minLength": 1, "maxLength": idempotency::LONGEST })
        }
        _ => json!({ "type": "string" }),
    }
}

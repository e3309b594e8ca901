//! The headers of answers: each described once, and which answer has which.

use serde_json::{Map, Value, json};

use super::reference;
use super::requirements::is_cached;
use crate::api::route::{Action, Gives, Route, Verb};

/// A header of answers.
struct Header {
    name: &'static str,
    /// Whether an answer that can have it always has it.
    always: bool,
    description: &'static str,
    example: &'static str,
}

const fn header(name: &'static str, description: &'static str, example: &'static str) -> Header {
    Header {
        name,
        always: false,
        description,
        example,
    }
}

const fn always(name: &'static str, description: &'static str, example: &'static str) -> Header {
    Header {
        always: true,
        ..header(name, description, example)
    }
}

const HEADERS: [Header; 20] = [
    always(
        "X-Request-Id",
        "The id of the request: the client's if it sent a well-formed one. It is in the gateway's log.",
        "b6ba43b82e73a3ca03ce80765b55451d",
    ),
    always(
        "traceparent",
        "The trace that the request belongs to (W3C Trace Context).",
        "00-b6ba43b82e73a3ca03ce80765b55451d-50ca0628b3db35e7-00",
    ),
    always(
        "Vary",
        "What the answer depends on besides its address.",
        "Authorization, X-Api-Key, Origin, Accept-Encoding",
    ),
    always(
        "Cache-Control",
        "What a client may keep: `no-store` for deliveries, `include=raw`, writes and problems.",
        "private, no-cache",
    ),
    always(
        "ETag",
        "The state of the resource, strong: a hash of the body.",
        "\"9c5631a5c6d33e81843a3c1f89c3c7e7\"",
    ),
    header(
        "Server-Timing",
        "How long it took, in milliseconds: in the gateway, and waiting for the provider. A replayed answer has none.",
        "gateway;dur=1.330, provider;dur=0.790",
    ),
    header(
        "Age",
        "Seconds since the answer was read from the provider, where it comes from the cache.",
        "12",
    ),
    header(
        "Cache-Status",
        "What the cache did (RFC 9211). A negative `ttl` is an old answer that stands in for a failing provider.",
        "switchboard; hit; ttl=27",
    ),
    header(
        "RateLimit-Policy",
        "The client's rate limit: `q` requests in `w` seconds. Absent if it has none.",
        "\"client\";q=100;w=10",
    ),
    header(
        "RateLimit",
        "What is left of it: `r` requests, all of them again in `t` seconds.",
        "\"client\";r=99;t=1",
    ),
    header(
        "Switchboard-Redacted",
        "Fields that were left out because the client lacks scope `sensitive`.",
        "payload, extra, url",
    ),
    header(
        "Idempotency-Replayed",
        "`true` where the answer is that of an earlier request with the same `Idempotency-Key`.",
        "true",
    ),
    header("Retry-After", "Seconds to wait before another try.", "2"),
    header(
        "Proxy-Status",
        "How the provider failed, where that is the cause (RFC 9209).",
        "switchboard; error=connection_timeout; next-hop=main",
    ),
    header(
        "Connection",
        "`close`: what follows on this connection is not read.",
        "close",
    ),
    always(
        "WWW-Authenticate",
        "How to authenticate.",
        "Bearer realm=\"switchboard\"",
    ),
    always(
        "Allow",
        "The methods that the path has at this connection's provider.",
        "GET, HEAD, OPTIONS",
    ),
    always(
        "Link",
        "The description of this API (`service-desc`); in a list that goes on, also its next page (`next`).",
        "</openapi.json>; rel=\"service-desc\"",
    ),
    always(
        "Location",
        "The path of what was made.",
        "/v1/conversations/main:1/webhooks/1",
    ),
    header(
        "Content-Encoding",
        "`gzip` where the client accepts it and it pays.",
        "gzip",
    ),
];

/// Every header.
pub(super) fn components() -> Value {
    let component = |header: &Header| {
        let schema = json!({ "type": "string" });
        let description = json!({
            "description": header.description,
            "required": header.always,
            "schema": schema,
            "example": header.example,
        });
        (header.name.to_owned(), description)
    };
    Value::Object(HEADERS.iter().map(component).collect())
}

/// References to these headers.
pub(super) fn of(names: &[&str]) -> Map<String, Value> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), reference("headers", name)))
        .collect()
}

/// What every answer has.
pub(super) fn common(public: bool) -> Vec<&'static str> {
    let mut names = vec!["X-Request-Id", "traceparent", "Vary"];
    if !public {
        names.extend(["RateLimit-Policy", "RateLimit"]);
    }
    names
}

/// What success has: with a body, without one, and where nothing has changed.
pub(super) fn of_success(route: &Route, action: &Action, status: u16) -> Vec<&'static str> {
    let mut names = common(route.public);
    names.extend(["Cache-Control", "Server-Timing"]);
    if status != 204 {
        names.push("ETag");
    }
    if matches!(status, 200 | 201) {
        names.push("Content-Encoding");
    }
    if !matches!(action.gives, Gives::Document(_)) {
        // What a 304 leaves out, the client has from the answer before.
        names.extend((status != 304).then_some("Link"));
    }
    if is_cached(action) {
        names.extend(["Cache-Status", "Age"]);
    }
    if action.operation.is_some() && matches!(status, 200 | 201) && action.gives != Gives::Nothing {
        names.push("Switchboard-Redacted");
    }
    if action.verb == Verb::Post {
        names.push("Idempotency-Replayed");
    }
    if status == 201 {
        names.push("Location");
    }
    names
}

//! What stands around the paths: what this API is, where it is, who may use it.

use layers::Permission;
use model::Operation;
use serde_json::{Value, json};

use crate::api::route::{Action, Route};

const ABOUT: &str = "\
One schema over several providers of conversations: conversations, the webhooks configured for them, what was \
delivered to those webhooks, and numbers. An id carries its connection, so a client passes back what it got and \
never asks which provider it is talking to.

## Rules that hold everywhere

* Every field of a resource is always present; what has no value is `null`, a list without items is `[]`. The \
one exception is `raw`, which is there with `?include=raw`.
* The set of fields never depends on the provider.
* Words such as a status or an event are open: a value without a neutral word appears as `<provider>:<native \
value>` and can be written back unchanged.
* `extra` holds what the neutral fields do not say, under the provider's name; both together rebuild the \
provider's JSON.
* Times are RFC 3339 in UTC, in the provider's own precision; durations are whole milliseconds and end in `_ms`.
* What is not known is refused with 422 and named: a body's field, a parameter, a value.
* v1 only grows: clients ignore fields and values that they do not know. `extra` and `raw` are outside of this \
promise.
* `HEAD` goes wherever `GET` goes. `OPTIONS` lists the methods of a path, a 405's `Allow` those that its \
provider has.

## Lists

A page has at most `limit` items, whatever the provider's own pages are. `next_cursor`, and `Link` with \
`rel=\"next\"`, lead to the next one. Lists over all connections go through one connection after the other; \
`sources` says what became of each that was asked. One failing source does not fail the list.

## Problems

Every error is a problem document (RFC 9457). `code` is stable, `origin` says whose fault it is, `retryable` \
whether to try again, `errors` what is wrong with the request. What each means is at `/problems/{code}`.

## Caching and conditional requests

Reads come from a cache where they can; `Cache-Status` says whether this one did, `Age` since when. \
`Cache-Control: no-cache` asks for a fresh one. Answers have a strong `ETag`: with `If-None-Match` what is \
unchanged costs a 304, and with `If-Match` a write is refused if the resource is not the one that was read. That \
check is atomic against other writes through this gateway, not against writes at the provider.

## The pass-through face

`/proxy/{connection}/{path}` is not described here: it sends a request to that connection's provider as it is, \
with the gateway's credential in the place of the client's, and hands back the provider's own answer. Method, \
path, query and body are the provider's, and so is the form of errors. It needs scope `proxy:read` for `GET` and \
`HEAD`, `proxy:write` for the rest, and takes the key as a `Basic` password too, so that the providers' own \
libraries work with nothing but another host.";

/// A group of operations, as the reference shows them.
struct Tag {
    name: &'static str,
    description: &'static str,
    /// The resources in it, as capabilities name them.
    resources: &'static [&'static str],
}

const CONNECTIONS: Tag = Tag {
    name: "Connections",
    description: "Configured accounts, their health, and what their providers can do.",
    resources: &[],
};

const OPERATIONS: Tag = Tag {
    name: "Operations",
    description: "What the gateway is doing and would do, for its operators.",
    resources: &[],
};

const GATEWAY: Tag = Tag {
    name: "Gateway",
    description: "What the gateway says about itself, without a credential.",
    resources: &[],
};

const TAGS: [Tag; 8] = [
    Tag {
        name: "Conversations",
        description: "Exchanges of messages between a person and whoever answers for us.",
        resources: &["conversations"],
    },
    Tag {
        name: "Webhooks",
        description: "Callbacks: which events are sent where, for a conversation, a number, a service, an account.",
        resources: &[
            "conversation_webhooks",
            "number_webhooks",
            "service_webhooks",
            "account_webhooks",
        ],
    },
    Tag {
        name: "Deliveries",
        description: "What was sent to callbacks, attempt by attempt.",
        resources: &["webhook_deliveries"],
    },
    Tag {
        name: "Numbers",
        description: "Addresses that conversations are held through.",
        resources: &["numbers"],
    },
    Tag {
        name: "Services",
        description: "What groups conversations at a provider.",
        resources: &["services"],
    },
    CONNECTIONS,
    OPERATIONS,
    GATEWAY,
];

/// Everything but paths and components.
pub(super) fn frame() -> Value {
    let tags = TAGS.map(|tag| json!({ "name": tag.name, "description": tag.description }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Switchboard",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "One API over several providers of conversations",
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "contact": { "name": "The operator of this gateway" },
        },
        "servers": [{ "url": "/", "description": "The gateway that serves this document" }],
        "security": [{ "bearer": [] }, { "key": [] }],
        "tags": tags,
    })
}

/// How a client says who it is.
pub(super) fn security_schemes() -> Value {
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key that the operator has issued, or a token (JWT) of an issuer whose tokens the operator accepts.",
        },
        "key": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Api-Key",
            "description": "The same key, for clients that cannot set `Authorization`.",
        },
    })
}

/// The group of an action.
pub(super) fn tag(route: &Route, action: &Action) -> &'static str {
    let resource = action.operation.map(Operation::resource);
    let of = |resource| TAGS.iter().find(|tag| tag.resources.contains(&resource));
    match resource.and_then(of) {
        Some(tag) => tag.name,
        None if route.public => GATEWAY.name,
        None if action.permission == Permission::Admin => OPERATIONS.name,
        None => CONNECTIONS.name,
    }
}

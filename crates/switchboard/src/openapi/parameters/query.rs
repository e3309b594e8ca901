//! Parameters in the query.

use model::{CHANNELS, IdOf, MAX_LIMIT};
use serde_json::{Value, json};

use crate::api::route::Query;
use crate::openapi::forms;

/// What it is for.
pub(super) const fn about(query: Query) -> &'static str {
    match query {
        Query::Connection => {
            "Only of this connection; else of all that the client may use, in the order of the configuration."
        }
        Query::ServiceId => "Only of this service, named by its global id.",
        Query::Status => {
            "Only with this status: a neutral word, or `<provider>:<native value>`. A provider that cannot look for it \
             answers 422."
        }
        Query::UserNumber => {
            "Only with this number on the other side. A `+` is written `%2B`; as a space it gets 422. A provider that \
             cannot look for numbers answers 422."
        }
        Query::AgentNumber => {
            "Only with this number on our side. A `+` is written `%2B`; as a space it gets 422. A provider that cannot \
             look for numbers answers 422."
        }
        Query::CreatedAfter => "Only those that began at this time or later.",
        Query::CreatedBefore => "Only those that began before this time.",
        Query::Channel => {
            "Only on this channel: a neutral word, or `<provider>:<native value>`. A provider that lacks it answers 422."
        }
        Query::Effective => {
            "Also every webhook known to apply to the conversation because its number, its service or its account has \
             it."
        }
        Query::Linked => {
            "Some providers keep one method and one list of events for the callback before actions and the one after \
             them. A change that would alter the other one gets 409 unless this is `true`."
        }
        Query::Limit => "Items in a page, at the most.",
        Query::Cursor => {
            "Where the page begins: `next_cursor` of the page before, of the same list with the same filters. \
             Anything else gets 422."
        }
        Query::Include => "`raw` adds the provider's own JSON to each resource; it needs scope `sensitive`.",
    }
}

/// Its form.
pub(super) fn schema(query: Query) -> Value {
    match query {
        Query::Connection => json!({ "type": "string", "pattern": forms::connection() }),
        Query::ServiceId => json!({ "type": "string", "pattern": forms::global(IdOf::Service) }),
        Query::Status => {
            let words = ["pending", "active", "inactive", "closed"];
            json!({ "type": "string", "pattern": forms::word(words), "examples": words })
        }
        Query::UserNumber | Query::AgentNumber => json!({ "type": "string", "pattern": r"^([^ ][\s\S]*)?$" }),
        Query::CreatedAfter | Query::CreatedBefore => json!({ "type": "string", "format": "date-time" }),
        Query::Channel => {
            json!({ "type": "string", "pattern": forms::word(CHANNELS.iter().copied()), "examples": ["sms", "whatsapp"] })
        }
        Query::Effective | Query::Linked => json!({ "type": "boolean", "default": false }),
        Query::Limit => json!({ "type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 20 }),
        Query::Cursor => json!({ "type": "string", "maxLength": 512 }),
        Query::Include => json!({ "type": "string", "enum": ["raw"] }),
    }
}

//! The JSON Schema of those types whose form a derive cannot see, because they are written by hand or are text
//! with rules. What a resource consists of is derived where the resource is.

mod bodies;
pub(crate) mod words;

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

pub use self::bodies::{Redelivery, WebhookInput, WebhookPatch};
pub use self::words::CHANNELS;

use crate::capability::{Abilities, Operation};
use crate::extra::Extra;
use crate::id::ConnectionName;
use crate::json::{Raw, Verbatim};
use crate::time::Timestamp;
use crate::webhook::Target;
use crate::word::Word;

/// Implements [`JsonSchema`] by a literal that stands wherever the type is used.
macro_rules! inline {
    ($($type:ident: $schema:tt)*) => {$(
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

inline! {
    ConnectionName: { "type": "string", "pattern": "^[a-z][a-z0-9-]{0,31}$" }
    Timestamp: {
        "type": "string",
        "format": "date-time",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z$",
    }
    Word: { "type": "string", "description": "An open enum: clients ignore values that they do not know." }
    Verbatim: {}
    Raw: {}
    Extra: {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": { "type": "object" },
    }
}

impl JsonSchema for Target {
    fn schema_name() -> Cow<'static, str> {
        "Target".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What a webhook calls. Clients ignore types that they do not know.",
            "oneOf": [
                {
                    "type": "object",
                    "title": "HttpTarget",
                    "description": "A URL. Without scope `sensitive` it has neither user info nor query.",
                    "properties": {
                        "type": { "const": "http" },
                        "url": { "type": ["string", "null"], "description": "The callback URL." },
                        "method": { "type": ["string", "null"], "description": "Upper case." },
                    },
                    "required": ["type", "url", "method"],
                },
                {
                    "type": "object",
                    "title": "FlowTarget",
                    "description": "A flow at the provider.",
                    "properties": {
                        "type": { "const": "flow" },
                        "flow_id": { "type": ["string", "null"], "description": "The provider's id of the flow." },
                    },
                    "required": ["type", "flow_id"],
                },
                {
                    "type": "object",
                    "title": "OtherTarget",
                    "description": "Something without a neutral word, as `<provider>:<native value>`.",
                    "properties": { "type": { "type": "string", "pattern": "^[a-z][a-z0-9-]*:" } },
                    "required": ["type"],
                },
            ],
        })
    }
}

impl JsonSchema for Abilities {
    fn schema_name() -> Cow<'static, str> {
        "Capabilities".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let groups = Operation::ALL.chunk_by(|a, b| a.resource() == b.resource());
        let mut resources = Map::new();
        for group in groups {
            let verbs: Map<String, Value> = group
                .iter()
                .map(|operation| (operation.verb().to_owned(), support()))
                .collect();
            let names: Vec<_> = verbs.keys().cloned().collect();
            let schema = json!({ "type": "object", "properties": verbs, "required": names });
            resources.extend(group.first().map(|first| (first.resource().to_owned(), schema)));
        }
        let names: Vec<_> = resources.keys().cloned().collect();
        json_schema!({
            "type": "object",
            "description": "How each operation is supported, for each resource: by one call of the provider's \
                own (`native`), composed of other calls (`emulated`), off until a configuration key turns it on \
                (`disabled`), or not there (`unsupported`).",
            "properties": resources,
            "required": names,
        })
    }
}

fn support() -> Value {
    json!({ "type": "string", "enum": ["native", "emulated", "disabled", "unsupported"] })
}

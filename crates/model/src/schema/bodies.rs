//! The bodies of writes. They are read by [`crate::WebhookChange`], which keeps absent and null apart and so
//! has no form that a derive could see; these types exist to be described, and every member that they allow is
//! read there.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::words::EVENTS;

/// A whole webhook.
#[derive(Debug, Clone, Copy)]
pub struct WebhookInput;

/// A change of a webhook.
#[derive(Debug, Clone, Copy)]
pub struct WebhookPatch;

/// How to deliver again.
#[derive(Debug, Clone, Copy)]
pub struct Redelivery;

impl JsonSchema for WebhookInput {
    fn schema_name() -> Cow<'static, str> {
        "WebhookInput".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = webhook(&json!({
            "description": "What is called.",
            "oneOf": [
                member("HttpTarget", "A URL.", &["type", "url"], &json!({
                    "type": { "const": "http" },
                    "url": url("string"),
                    "method": method(),
                })),
                member("FlowTarget", "A flow at the provider, where it has flows.", &["type", "flow_id"], &json!({
                    "type": { "const": "flow" },
                    "flow_id": flow("string"),
                })),
                member("OtherTarget", "Something without a neutral word, as it was read.", &["type"], &json!({
                    "type": { "type": "string", "pattern": "^[a-z][a-z0-9-]*:" },
                })),
            ],
        }));
        schema.insert(
            "description".to_owned(),
            "A whole webhook, to be made or to take the place of another. A member without a value may be null \
             or left out; which combinations there are is the provider's to say, and what it cannot keep gets 422 \
             with its pointer."
                .into(),
        );
        schema.insert("required".to_owned(), json!(["target"]));
        schema
    }
}

impl JsonSchema for WebhookPatch {
    fn schema_name() -> Cow<'static, str> {
        "WebhookPatch".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = webhook(&json!({
            "type": ["object", "null"],
            "description": "What is called; what is left out of it stays.",
            "properties": {
                "type": { "type": ["string", "null"], "examples": ["http", "flow"] },
                "url": url(["string", "null"]),
                "method": method(),
                "flow_id": flow(["string", "null"]),
            },
            "additionalProperties": false,
        }));
        schema.insert(
            "description".to_owned(),
            "A change of a webhook, as a JSON merge patch (RFC 7396): what is left out stays, null takes away. \
             Lists are replaced as a whole."
                .into(),
        );
        schema
    }
}

impl JsonSchema for Redelivery {
    fn schema_name() -> Cow<'static, str> {
        "Redelivery".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "How to deliver again.",
            "properties": {
                "rebuild": {
                    "type": "boolean",
                    "default": false,
                    "description": "Make the payload anew, from what the conversation is now, instead of sending \
                        the one that was sent.",
                },
            },
            "additionalProperties": false,
        })
    }
}

fn webhook(target: &Value) -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "target": target,
            "events": {
                "type": ["array", "null"],
                "description": "Event names; `[\"*\"]` is all, for a provider without filters.",
                "items": { "type": "string", "examples": EVENTS },
            },
            "keywords": {
                "type": ["array", "null"],
                "description": "Words in a message that trigger it.",
                "items": { "type": "string", "minLength": 1, "maxLength": 248 },
                "maxItems": 5,
            },
            "enabled": { "type": ["boolean", "null"], "description": "Whether it is called at all." },
        },
        "additionalProperties": false,
    })
}

fn member(title: &str, description: &str, required: &[&str], properties: &Value) -> Value {
    json!({
        "type": "object",
        "title": title,
        "description": description,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn url(kind: impl Into<Value>) -> Value {
    json!({
        "type": kind.into(),
        "format": "uri",
        "pattern": r"^https?://[^/?#@\s\\]+([/?#][^\s\\]*)?$",
        "maxLength": 2048,
        "description": "The callback URL: absolute, of a public host unless the operator lists hosts, without user \
            info. A provider may take less than 2048 characters.",
    })
}

fn method() -> Value {
    json!({ "enum": ["GET", "POST", null], "description": "How it is called; null is the provider's own choice." })
}

fn flow(kind: impl Into<Value>) -> Value {
    json!({ "type": kind.into(), "minLength": 1, "description": "The provider's id of the flow." })
}

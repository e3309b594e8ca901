//! The JSON Schema of the configuration, for editors. It says what shape is accepted; what depends on other keys, on
//! files or on the environment only `switchboard check` knows.

use model::Profile;
use serde_json::{Map, Value, json};

use super::comments::Comments;
use super::connections;
use super::form::{Form, Key};
use super::loader::SHIPPED;
use super::reference::SECTIONS;
use super::value::Zero;

/// Writes it, for these providers.
pub fn schema(profiles: &[&'static Profile]) -> Value {
    let comments = Comments::of(SHIPPED);
    let mut members: Map<String, Value> = SECTIONS
        .iter()
        .map(|(name, form)| ((*name).to_owned(), described(name, *form, &comments)))
        .collect();
    let of_provider = |profile: &&'static Profile| {
        let mut table = table("connections", &connections::keys(profile), &comments);
        if let Some(provider) = table.pointer_mut("/properties/provider") {
            *provider = json!({ "const": profile.provider });
        }
        table
    };
    let providers: Vec<Value> = profiles.iter().map(of_provider).collect();
    members.insert(
        "connections".to_owned(),
        json!({
            "type": "object",
            "description": comments.on("connections"),
            "minProperties": 1,
            "propertyNames": { "pattern": "^[a-z][a-z0-9-]{0,31}$" },
            "additionalProperties": { "oneOf": providers },
        }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The configuration of Switchboard",
        "type": "object",
        "properties": members,
        "required": ["connections"],
        "additionalProperties": false,
    })
}

fn described(path: &str, form: Form, comments: &Comments) -> Value {
    let mut value = of(path, form, comments);
    if let (Some(text), Some(members)) = (comments.on(path), value.as_object_mut()) {
        members.insert("description".to_owned(), json!(text));
    }
    value
}

fn of(path: &str, form: Form, comments: &Comments) -> Value {
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match form {
        Form::Text(_, pattern) => text(pattern),
        Form::Flag => json!({ "type": "boolean" }),
        Form::Count(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Form::Share(Zero::Allowed) => json!({ "type": "number", "minimum": 0, "maximum": 1 }),
        Form::Share(Zero::Refused) => json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 }),
        Form::Duration(Zero::Allowed) => json!({ "oneOf": [text("^([0-9]+(ms|s|m|h)|0)$"), { "const": 0 }] }),
        Form::Duration(Zero::Refused) => text("^0*[1-9][0-9]*(ms|s|m|h)$"),
        Form::Size(..) => text("^[0-9]+(B|KiB|MiB|GiB)$"),
        Form::Word(words) => json!({ "enum": words }),
        // TOML has times of its own, which editors show the schema as text.
        Form::Time => text("^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].+$"),
        Form::List(item, some) => json!({
            "type": "array",
            "items": of(path, *item, comments),
            "minItems": u8::from(some),
        }),
        Form::Table(keys) => table(path, keys, comments),
        Form::Each(keys) => json!({ "type": "array", "items": table(path, keys, comments) }),
    }
}

fn table(path: &str, keys: &[Key], comments: &Comments) -> Value {
    let member = |key: &Key| {
        (
            key.name.to_owned(),
            described(&format!("{path}.{}", key.name), key.form, comments),
        )
    };
    let members: Map<String, Value> = keys.iter().map(member).collect();
    let required: Vec<&str> = keys
        .iter()
        .filter(|key| key.is_required)
        .map(|key| key.name)
        .collect();
    json!({
        "type": "object",
        "properties": members,
        "required": required,
        "additionalProperties": false,
    })
}

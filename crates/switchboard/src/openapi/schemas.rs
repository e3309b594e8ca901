//! The schemas: of resources and bodies, derived from the types that are written and read, and of the envelope
//! around a page of them.

use model::{Connection, Conversation, IdOf, Number, Redelivery, Service, Webhook, WebhookDelivery};
use model::{WebhookInput, WebhookPatch};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{forms, reference, set};
use crate::api::envelope::SourceView;
use crate::api::overview::Overview;
use crate::api::pages::ProblemType;
use crate::api::route::{Action, Gives, Takes};
use crate::api::routes::TABLES;
use crate::drift::Entry;
use crate::explain::{Explanation, Question};
use crate::problem::Problem;

/// What the providers say of a text in a body.
#[derive(Debug, Clone, Copy)]
enum Form {
    Id(IdOf),
    /// Beside the words that are its examples.
    Word,
}

/// Members of bodies, by schema and pointer, whose form is the providers' to say.
const FORMS: [((&str, &str), Form); 6] = [
    (
        ("WebhookInput", "/properties/target/oneOf/1/properties/flow_id"),
        Form::Id(IdOf::Flow),
    ),
    (
        ("WebhookInput", "/properties/target/oneOf/2/properties/type"),
        Form::Word,
    ),
    (("WebhookInput", "/properties/events/items"), Form::Word),
    (("WebhookPatch", "/properties/target/properties/type"), Form::Word),
    (
        ("WebhookPatch", "/properties/target/properties/flow_id"),
        Form::Id(IdOf::Flow),
    ),
    (("WebhookPatch", "/properties/events/items"), Form::Word),
];

/// Every schema.
pub(super) fn components() -> Value {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.definitions_path = "/components/schemas".into();
    let mut generator = settings.into_generator();
    let all = [
        add::<Connection>,
        add::<Service>,
        add::<Conversation>,
        add::<Webhook>,
        add::<WebhookDelivery>,
        add::<Number>,
        add::<WebhookInput>,
        add::<WebhookPatch>,
        add::<Redelivery>,
        add::<Question>,
        add::<Explanation>,
        add::<Overview>,
        add::<Entry>,
        add::<SourceView<'_>>,
        add::<Problem<'_>>,
        add::<ProblemType>,
    ];
    for add in all {
        add(&mut generator);
    }
    let mut schemas = generator.take_definitions(true);
    schemas.values_mut().for_each(clean);
    for (name, schema) in &mut schemas {
        tell_unsupported(name, schema);
    }
    for (member, form) in FORMS {
        tell_form(&mut schemas, member, form);
    }
    for of in paged() {
        schemas.insert(page_name(of), page(of));
    }
    schemas.sort_keys();
    Value::Object(schemas)
}

/// A reference to the schema of a body.
pub(super) fn of_body(takes: Takes) -> Value {
    reference(
        "schemas",
        match takes {
            Takes::Webhook => "WebhookInput",
            Takes::WebhookPatch => "WebhookPatch",
            Takes::Redelivery => "Redelivery",
            Takes::Question => "Question",
        },
    )
}

/// The schema of an answer; `None` where it has no body.
pub(super) fn of_answer(gives: Gives) -> Option<Value> {
    match gives {
        Gives::Page(of) => Some(reference("schemas", &page_name(of))),
        Gives::One(of) | Gives::Created(of) | Gives::Placed(of) => Some(reference("schemas", of)),
        Gives::Nothing => None,
        Gives::Document(["application/json"]) => Some(json!({ "type": "object" })),
        Gives::Document(_) => Some(json!({ "type": "string" })),
    }
}

fn add<T: JsonSchema>(generator: &mut SchemaGenerator) {
    generator.subschema_for::<T>();
}

/// Formats of whole numbers that nobody but Rust knows.
fn clean(schema: &mut Value) {
    let mut transform = schemars::transform::RecursiveTransform(|schema: &mut Schema| {
        let is_foreign = schema
            .get("format")
            .and_then(Value::as_str)
            .is_some_and(|format| format.starts_with("uint"));
        if is_foreign {
            schema.remove("format");
        }
    });
    if let Ok(schema) = schema.try_into() {
        schemars::transform::Transform::transform(&mut transform, schema);
    }
}

/// Adds which providers can never fill which fields.
fn tell_unsupported(name: &str, schema: &mut Value) {
    let mut text = String::new();
    for provider in providers::all() {
        let profile = provider.profile();
        let fields = profile.unsupported_fields.iter();
        let fields = fields.filter(|(resource, _)| resource.eq_ignore_ascii_case(name));
        let fields: Vec<_> = fields
            .flat_map(|(_, fields)| fields.iter())
            .map(|field| format!("`{field}`"))
            .collect();
        if !fields.is_empty() {
            text = format!(
                "{text} Always null or empty at `{}`: {}.",
                profile.provider,
                fields.join(", ")
            );
        }
    }
    if let Some(Value::String(description)) = schema.get_mut("description") {
        description.push_str(&text);
    }
}

/// Adds the form of a member.
fn tell_form(schemas: &mut Map<String, Value>, (schema, member): (&str, &str), form: Form) {
    let Some(member) = schemas
        .get_mut(schema)
        .and_then(|schema| schema.pointer_mut(member))
    else {
        return;
    };
    let pattern = match form {
        Form::Id(of) => forms::native(of),
        Form::Word => {
            let words = member.get("examples").and_then(Value::as_array);
            forms::word(words.into_iter().flatten().filter_map(Value::as_str))
        }
    };
    set(member, "pattern", pattern.into());
}

/// What there are pages of.
fn paged() -> impl Iterator<Item = &'static str> {
    let routes = TABLES.into_iter().flatten();
    let actions = routes.flat_map(|route| route.actions);
    actions.filter_map(|Action { gives, .. }| match gives {
        Gives::Page(of) => Some(*of),
        _ => None,
    })
}

fn page_name(of: &str) -> String {
    format!("{of}Page")
}

fn page(of: &str) -> Value {
    let properties: Map<String, Value> = [
        (
            "data",
            json!({ "type": "array", "items": reference("schemas", of), "description": "The items." }),
        ),
        (
            "next_cursor",
            json!({
                "type": ["string", "null"],
                "maxLength": 512,
                "description": "Where the next page begins; null on the last one.",
            }),
        ),
        (
            "sources",
            json!({
                "type": "array",
                "items": reference("schemas", "Source"),
                "description": "The connections that were asked for this page.",
            }),
        ),
    ]
    .map(|(name, schema)| (name.to_owned(), schema))
    .into_iter()
    .collect();
    json!({
        "type": "object",
        "description": "A page.",
        "required": properties.keys().collect::<Vec<_>>(),
        "properties": properties,
    })
}

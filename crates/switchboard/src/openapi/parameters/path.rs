//! The variable segments of paths.

use model::IdOf;
use serde_json::{Map, Value, json};

use crate::api::asset::Asset;
use crate::api::route::Route;
use crate::api::{console, documents};
use crate::openapi::examples::Example;
use crate::openapi::{forms, set};
use crate::problem;

/// The variable segments of a path.
pub(in crate::openapi) fn variables(route: &Route) -> impl Iterator<Item = &'static str> {
    let segments = route.template.split('/');
    segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

/// One of them.
pub(super) fn parameter(route: &Route, name: &str, examples: &[&Example]) -> Value {
    let (description, schema) = describe(route, name);
    let mut parameter = json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": description,
        "schema": schema,
    });
    let examples: Map<String, Value> = examples
        .iter()
        .filter_map(|example| {
            let value = segment(route, name, example)?;
            Some((
                example.name.clone(),
                json!({ "summary": example.summary, "value": value }),
            ))
        })
        .collect();
    if !examples.is_empty() {
        set(&mut parameter, "examples", Value::Object(examples));
    }
    parameter
}

/// The value of a variable segment in an example's path.
fn segment<'e>(route: &Route, name: &str, example: &'e Example) -> Option<&'e str> {
    let path = example.path.split('?').next()?;
    let at = route
        .template
        .split('/')
        .position(|part| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) == Some(name))?;
    path.split('/').nth(at)
}

/// What it is, and its form.
fn describe(route: &Route, name: &str) -> (&'static str, Value) {
    match name {
        "connection" => (
            "The name of a connection.",
            json!({ "type": "string", "pattern": forms::connection() }),
        ),
        "id" => (
            "The id of what the path begins with: its connection's name, a `:`, and what the provider calls it.",
            json!({ "type": "string", "pattern": forms::global(first(route)) }),
        ),
        "webhook_id" => (
            "The id of a webhook, unique in its conversation.",
            json!({ "type": "string", "pattern": forms::native(IdOf::Webhook) }),
        ),
        "delivery_id" => (
            "The id of a delivery, unique in its conversation.",
            json!({ "type": "string", "pattern": forms::native(IdOf::Delivery) }),
        ),
        "phase" => (
            "Whether the callback comes before an action or after it.",
            json!({ "type": "string", "enum": ["before", "after"] }),
        ),
        "code" => (
            "The code of a problem.",
            json!({ "type": "string", "enum": problem::names().collect::<Vec<_>>() }),
        ),
        _ => (
            "The name of a part of the page.",
            json!({ "type": "string", "enum": parts(route).iter().map(|part| part.name).collect::<Vec<_>>() }),
        ),
    }
}

/// What the page that the path belongs to consists of.
fn parts(route: &Route) -> &'static [Asset] {
    if route.template.starts_with("/docs/") {
        &documents::PARTS
    } else {
        &console::PARTS
    }
}

/// What the path begins with.
fn first(route: &Route) -> IdOf {
    match route.template.split('/').nth(2) {
        Some("services") => IdOf::Service,
        Some("numbers") => IdOf::Number,
        _ => IdOf::Conversation,
    }
}

//! The paths: one for each row of the table of routes.

use layers::Permission;
use model::{Operation, Support};
use serde_json::{Map, Value, json};

use super::examples::{self, Example};
use super::{document, parameters, responses, schemas, set};
use crate::api::route::{Action, Query, Route, Takes, Verb};
use crate::api::routes::TABLES;

/// Every path.
pub(super) fn all() -> Value {
    let recorded = examples::recorded();
    let path = |route: &Route| (route.template.to_owned(), item(route, &recorded));
    Value::Object(TABLES.into_iter().flatten().map(path).collect())
}

fn item(route: &Route, recorded: &[Example]) -> Value {
    let actions = route.actions.iter();
    let operation = |action: &Action| (method(action.verb).to_owned(), operation(route, action, recorded));
    Value::Object(actions.map(operation).collect())
}

const fn method(verb: Verb) -> &'static str {
    match verb {
        Verb::Get => "get",
        Verb::Post => "post",
        Verb::Put => "put",
        Verb::Patch => "patch",
        Verb::Delete => "delete",
    }
}

fn operation(route: &Route, action: &Action, recorded: &[Example]) -> Value {
    let examples = examples::of(recorded, action);
    let mut operation = json!({
        "operationId": action.name,
        "tags": [document::tag(route, action)],
        "summary": action.summary,
        "description": describe(route, action),
        "parameters": parameters::of(route, action, &examples),
    });
    if let Some(takes) = action.takes {
        set(&mut operation, "requestBody", body(takes, &examples));
    }
    set(
        &mut operation,
        "responses",
        responses::of(route, action, &examples),
    );
    if route.public {
        set(&mut operation, "security", json!([]));
    }
    operation
}

fn describe(route: &Route, action: &Action) -> String {
    let mut text = format!("{}.", action.summary);
    if !route.public {
        text = format!("{text}\n\nNeeds scope `{}`.", action.permission.as_str());
        if action.query.contains(&Query::Include) {
            let sensitive = Permission::Sensitive.as_str();
            text = format!(
                "{text} Without scope `{sensitive}` some fields are null and callback URLs lose user info and query."
            );
        }
    }
    if let Some(operation) = action.operation {
        text.push_str("\n\n| Provider | Support |\n|---|---|");
        for provider in providers::all() {
            let profile = provider.profile();
            let support = support(profile.capabilities.0, operation);
            text = format!("{text}\n| `{}` | {support} |", profile.provider);
        }
    }
    text
}

fn support(declared: &[(Operation, Support)], operation: Operation) -> String {
    let declared = declared.iter().find(|(known, _)| *known == operation);
    match declared.map_or(Support::Unsupported, |(_, support)| *support) {
        Support::Disabled { key } => format!("disabled, until `connections.<name>.{key}` turns it on"),
        Support::Unsupported => "unsupported: 405".to_owned(),
        support => support.as_str().to_owned(),
    }
}

fn body(takes: Takes, examples: &[&Example]) -> Value {
    let values: Map<String, Value> = examples
        .iter()
        .filter(|example| !example.body.is_null())
        .map(|example| {
            let value = json!({ "summary": example.summary, "value": example.body });
            (example.name.clone(), value)
        })
        .collect();
    let mut media = json!({ "schema": schemas::of_body(takes) });
    if !values.is_empty() {
        set(&mut media, "examples", Value::Object(values));
    }
    let content: Map<String, Value> = takes
        .media_types()
        .iter()
        .map(|media_type| ((*media_type).to_owned(), media.clone()))
        .collect();
    json!({ "required": takes != Takes::Redelivery, "content": content })
}

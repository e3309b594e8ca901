//! Answers: success as the action gives it, and one component for each status that a problem can have.

use model::{Code, Error, Origin, Place};
use serde_json::{Map, Value, json};

use super::examples::Example;
use super::requirements::can_answer;
use super::{headers, links, reference, schemas, set};
use crate::api::route::{Action, Gives, Route, Verb};
use crate::problem::{self, Problem};

/// All that an action can answer.
pub(super) fn of(route: &Route, action: &Action, examples: &[&Example]) -> Value {
    let mut responses = Map::new();
    for &(status, description) in successes(action) {
        responses.insert(
            status.to_string(),
            success(route, action, status, description, examples),
        );
    }
    for code in Code::ALL {
        if can_answer(code, route, action) {
            responses
                .entry(problem::status(code).as_str())
                .or_insert_with(|| reference("responses", &name(code)));
        }
    }
    responses.sort_keys();
    Value::Object(responses)
}

/// The problems, by status.
pub(super) fn components() -> Value {
    let mut components = Map::new();
    for code in Code::ALL {
        let component = components.entry(name(code)).or_insert_with(|| component(code));
        let (title, description) = problem::describe(code);
        let meaning = format!("\n* `{}`: {title}. {description}", code.as_str());
        if let Some(Value::String(text)) = component.get_mut("description")
            && !text.contains(&meaning)
        {
            text.push_str(&meaning);
        }
        if let Some(media) = component.pointer_mut("/content/application~1problem+json/examples") {
            let example = json!({ "summary": title, "value": sample(code) });
            set(media, code.as_str(), example);
        }
    }
    components.sort_keys();
    Value::Object(components)
}

/// The component of a code's status: its name as HTTP has it.
fn name(code: Code) -> String {
    let reason = problem::status(code).canonical_reason().unwrap_or_default();
    reason.replace(' ', "")
}

fn component(code: Code) -> Value {
    let status = problem::status(code).as_u16();
    let mut names = headers::common(false);
    names.push("Cache-Control");
    match status {
        400 => names.push("Connection"),
        401 => names.push("WWW-Authenticate"),
        405 => names.push("Allow"),
        429 | 503 => names.push("Retry-After"),
        _ => {}
    }
    if matches!(status, 404 | 409 | 422 | 429 | 500..) {
        names.push("Proxy-Status");
    }
    json!({
        "description": format!("{}:", problem::status(code).canonical_reason().unwrap_or_default()),
        "headers": headers::of(&names),
        "content": {
            "application/problem+json": { "schema": reference("schemas", "Problem"), "examples": {} },
        },
    })
}

/// A problem as it is really written.
fn sample(code: Code) -> Value {
    let (_, description) = problem::describe(code);
    let origin = match code {
        Code::ProviderAuthFailed
        | Code::ProviderUnavailable
        | Code::ProviderProtocolError
        | Code::ProviderTimeout => Origin::Provider,
        Code::RateLimited
        | Code::UnsupportedByProvider
        | Code::DeadlineExceeded
        | Code::CircuitOpen
        | Code::Overloaded
        | Code::Internal => Origin::Gateway,
        _ => Origin::Client,
    };
    let mut error = Error::new(code, origin, description);
    if code == Code::InvalidRequest {
        error = error.at(
            Place::Parameter("limit".to_owned()),
            "a whole number from 1 to 100",
        );
    }
    json!(Problem::of(
        &error,
        "/v1/numbers",
        Some("b6ba43b82e73a3ca03ce80765b55451d")
    ))
}

/// Statuses of success, and what they say.
const fn successes(action: &Action) -> &'static [(u16, &'static str)] {
    match (action.verb, action.gives) {
        (Verb::Get, _) => &[
            (200, "It is in the body."),
            (304, "It is what `If-None-Match` names; there is no body."),
        ],
        (_, Gives::Created(_)) => &[(201, "It was made, and is in the body.")],
        (_, Gives::Placed(_)) => &[
            (200, "It took the place of another, and is in the body."),
            (201, "It was made, and is in the body."),
        ],
        (_, Gives::Nothing) => &[(204, "It is gone.")],
        (Verb::Post, Gives::One(_)) => &[(200, "It is in the body.")],
        _ => &[(200, "As it is now, in the body.")],
    }
}

fn success(route: &Route, action: &Action, status: u16, description: &str, examples: &[&Example]) -> Value {
    let mut response = json!({
        "description": description,
        "headers": headers::of(&headers::of_success(route, action, status)),
    });
    if let Gives::Page(_) = action.gives
        && status == 200
    {
        set(&mut response, "links", links::of_page(route, action));
    }
    if let Some(schema) = schemas::of_answer(action.gives).filter(|_| status != 304) {
        let examples: Map<String, Value> = examples
            .iter()
            .filter(|example| example.status == status)
            .map(|example| {
                let value = json!({ "summary": example.summary, "value": example.answer });
                (example.name.clone(), value)
            })
            .collect();
        let mut media = json!({ "schema": schema });
        if !examples.is_empty() {
            set(&mut media, "examples", Value::Object(examples));
        }
        let types = action.gives.media_types().iter();
        let content: Map<String, Value> = types
            .map(|media_type| ((*media_type).to_owned(), media.clone()))
            .collect();
        set(&mut response, "content", Value::Object(content));
    }
    response
}

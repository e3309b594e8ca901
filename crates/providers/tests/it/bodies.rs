//! Providers' JSON at random: the documented examples, more or less mutilated, and anything at all.

use model::Json;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::drive::json;

/// No regression files: a failure is reproduced by its seed, which is printed.
pub(crate) fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// The body of a recorded answer.
fn body(fixture: &str) -> Json {
    json(fixture.split_once("\n\n").unwrap().1)
}

fn items(list: Option<&Json>) -> Vec<Json> {
    match list {
        Some(Json::Array(items)) => items.clone(),
        other => panic!("{other:?} is no list"),
    }
}

/// Webhooks of every target, with and without a service.
pub(crate) fn webhooks() -> Vec<Json> {
    const LIST: &str = include_str!("../../fixtures/twilio/list_conversation_webhooks/documented.1.http");
    const ONE: &str =
        include_str!("../../fixtures/twilio/get_conversation_webhook/documented_in_service.1.http");
    let mut all = items(body(LIST).member("webhooks"));
    all.push(body(ONE));
    all
}

/// Services.
pub(crate) fn services() -> Vec<Json> {
    const LIST: &str = include_str!("../../fixtures/twilio/list_services/documented.1.http");
    items(body(LIST).member("services"))
}

/// Twilio's conversations: documented, of every kind of attributes, and with timers and bindings.
pub(crate) fn conversations() -> Vec<Json> {
    const LISTS: [&str; 3] = [
        include_str!("../../fixtures/twilio/list_conversations/documented.1.http"),
        include_str!("../../fixtures/twilio/list_conversations/attributes.1.http"),
        include_str!("../../fixtures/twilio/list_conversations/timers_and_bindings.1.http"),
    ];
    let items = |list| items(body(list).member("conversations"));
    LISTS.into_iter().flat_map(items).collect()
}

/// One of them, with any JSON in the text of its attributes.
pub(crate) fn conversation() -> impl Strategy<Value = Json> {
    let space = select(&["", "", " ", "\n"][..]);
    let attributes = (anything(), space).prop_map(|(value, space)| space.to_owned() + &text(&value));
    (select(conversations()), attributes).prop_map(|(mut conversation, attributes)| {
        let attributes = Change::Insert("attributes".to_owned(), Json::String(attributes));
        apply(&mut conversation, &[], attributes);
        conversation
    })
}

/// A conversation's log with attempts of every kind.
pub(crate) fn log() -> Json {
    const LOG: &str = include_str!("../../fixtures/bland/list_webhook_deliveries/failed_and_resent.1.http");
    body(LOG).member("data").unwrap().clone()
}

/// A number.
pub(crate) fn number() -> Json {
    const NUMBERS: &str = include_str!("../../fixtures/bland/list_numbers/documented.1.http");
    items(body(NUMBERS).member("data")).remove(0)
}

/// The text of a value.
pub(crate) fn text(value: &Json) -> String {
    serde_json::to_string(value).unwrap()
}

/// The same value with every object's members in one order.
pub(crate) fn canonical(value: &Json) -> Json {
    sorted(json(&text(value)))
}

fn sorted(value: Json) -> Json {
    match value {
        Json::Array(items) => Json::Array(items.into_iter().map(sorted).collect()),
        Json::Object(mut members) => {
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Json::Object(
                members
                    .into_iter()
                    .map(|(key, value)| (key, sorted(value)))
                    .collect(),
            )
        }
        other => other,
    }
}

const LEAVES: [&str; 30] = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1.0",
    "1e400",
    "-1E-9",
    "12345678901234567890123",
    "200",
    "404",
    "15",
    "0.5",
    "\"\"",
    "\"200\"",
    "\"1.5s\"",
    "\"timeout\"",
    "\"resend\"",
    "\"studio\"",
    "\"trigger\"",
    "\"post\"",
    "\"onMessageAdded\"",
    "\"message.keyword_matched\"",
    "\"2026-04-13T22:50:59.1+02:00\"",
    "\"\\ud800\"",
    "\"+14155550100\"",
    "\"CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaB\"",
    "\"ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaB\"",
    "\"FWx/~0\"",
    "\"a.b:c\"",
];

const NAMES: [&str; 26] = [
    "$absent",
    "$value",
    "$$absent",
    "$$value",
    "$",
    "",
    "~",
    "a/b",
    "~1",
    "0",
    "x",
    "sid",
    "url",
    "target",
    "configuration",
    "filters",
    "triggers",
    "chat_service_sid",
    "payload",
    "metadata",
    "response_time",
    "type",
    "sms_config",
    "pathway_version",
    "time_out",
    "error_message",
];

/// Any JSON, with a liking for what adapters look at.
pub(crate) fn anything() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        3 => select(&LEAVES[..]).prop_map(json),
        1 => "\\PC{0,8}".prop_map(Json::String),
        1 => any::<i64>().prop_map(Json::integer),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::Array),
            vec((name(), inner), 0..5).prop_map(object),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![4 => select(&NAMES[..]).prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

/// An object without repeated members.
fn object(members: Vec<(String, Json)>) -> Json {
    let mut object: Vec<(String, Json)> = Vec::new();
    for (key, value) in members {
        if object.iter().all(|(known, _)| *known != key) {
            object.push((key, value));
        }
    }
    Json::Object(object)
}

#[derive(Debug, Clone)]
enum Change {
    Replace(Json),
    Remove,
    Insert(String, Json),
    Repeat,
    Shorten,
}

/// A value that has been changed in up to six places.
pub(crate) fn mutated(value: impl Strategy<Value = Json>) -> impl Strategy<Value = Json> {
    let change = prop_oneof![
        Just(Change::Replace(Json::Null)),
        anything().prop_map(Change::Replace),
        Just(Change::Remove),
        (name(), anything()).prop_map(|(name, value)| Change::Insert(name, value)),
        Just(Change::Repeat),
        Just(Change::Shorten),
    ];
    let changes = vec((vec(any::<Index>(), 0..4), change), 0..6);
    (value, changes).prop_map(|(mut value, changes)| {
        for (path, change) in changes {
            apply(&mut value, &path, change);
        }
        value
    })
}

/// Follows a random path as far as it leads.
fn apply(value: &mut Json, path: &[Index], change: Change) {
    match (value, path, change) {
        (Json::Object(members), [last], Change::Remove) if !members.is_empty() => {
            members.remove(last.index(members.len()));
        }
        (Json::Object(members), [at, rest @ ..], change) if !members.is_empty() => {
            let at = at.index(members.len());
            apply(&mut members[at].1, rest, change);
        }
        (Json::Array(items), [at, rest @ ..], change) if !items.is_empty() => {
            let at = at.index(items.len());
            apply(&mut items[at], rest, change);
        }
        (value, _, Change::Replace(other)) => *value = other,
        (Json::Object(members), _, Change::Insert(name, inserted)) => {
            members.retain(|(known, _)| *known != name);
            members.push((name, inserted));
        }
        (Json::Array(items), _, Change::Repeat) => items.extend(items.clone()),
        (Json::Array(items), _, Change::Shorten) => {
            items.pop();
        }
        _ => {}
    }
}

//! JSON texts at random: any spacing, any escapes, any form of number.

use model::{Json, Node};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// No regression files: a failure is reproduced by its seed, which is printed.
pub(crate) fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

const LEAVES: [&str; 22] = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1.0",
    "1e400",
    "-1E-9",
    "0.10e+05",
    "12345678901234567890123",
    "\"\"",
    "\"a\"",
    "\"\\\"\"",
    "\"\\\\\"",
    "\"\\u0061\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud800\"",
    "\"\u{e9}{,]\"",
    "\"\\/\"",
    "\"/a~0/b~1\"",
    "{}",
    "[]",
];

const KEYS: [&str; 14] = [
    "\"\"",
    "\"a\"",
    "\"b\"",
    "\"\\u0061\"",
    "\"\\\"\"",
    "\"$absent\"",
    "\"$value\"",
    "\"$$absent\"",
    "\"/\"",
    "\"~\"",
    "\"~1\"",
    "\"a/b\"",
    "\"0\"",
    "\"\u{e9}\"",
];

fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just(""), 1 => select(&[" ", "\t", "\n", "\r\n  "][..])]
}

/// A text that is JSON, apart from keys that may be repeated.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let leaf = select(&LEAVES[..]).prop_map(str::to_owned);
    leaf.prop_recursive(4, 32, 5, |inner| {
        let item = (space(), inner, space())
            .prop_map(|(a, value, b)| format!("{a}{value}{b}"))
            .boxed();
        let member = (space(), select(&KEYS[..]), space(), item.clone())
            .prop_map(|(a, key, b, value)| format!("{a}{key}{b}:{value}"));
        prop_oneof![
            vec(item, 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
    .prop_flat_map(|text| (space(), Just(text), space()))
    .prop_map(|(a, text, b)| format!("{a}{text}{b}"))
}

/// A text that is JSON in which no object repeats a key.
pub(crate) fn parsable() -> impl Strategy<Value = String> {
    text().prop_filter("repeated keys", |text| Node::parse(text.as_bytes()).is_ok())
}

/// Parses a text and owns it.
pub(crate) fn owned(text: &str) -> Json {
    Node::parse(text.as_bytes()).unwrap().to_json()
}

/// The same value with every object's members in one order.
pub(crate) fn sorted(value: Json) -> Json {
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

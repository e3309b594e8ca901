//! The JSON reader, which everything else that reads JSON relies on: it accepts no more than `serde_json`, sees the
//! same in it, and writes it back. Two texts with a zero byte between them are also what a provider sent and what was
//! predicted of it.
#![no_main]

use fuzz::{canonical, split};
use libfuzzer_sys::fuzz_target;
use model::{Json, Kind, Node, ParseError, residue, restore};
use serde_json::value::RawValue;
use serde_json::{Number, Value};

fuzz_target!(|data: &[u8]| {
    let (first, second) = split(data, 0);
    let Some(native) = parse(first) else { return };
    let written = serde_json::to_string(&native.to_json()).expect("what was read can be written");
    let again = Node::parse(written.as_bytes()).expect("and read again");
    assert_eq!(again.to_json(), native.to_json());
    let Some(predicted @ Json::Object(_)) = parse(second).map(|node| node.to_json()) else {
        return;
    };
    let rest = residue(&native, &predicted);
    assert!(matches!(rest, Json::Object(_)));
    assert_eq!(canonical(&restore(predicted, rest)), canonical(&native.to_json()));
});

fn parse(text: &[u8]) -> Option<Node<'_>> {
    let is_json = serde_json::from_slice::<&RawValue>(text).is_ok();
    match Node::parse(text) {
        Ok(node) => {
            assert!(is_json);
            if let Ok(value) = serde_json::from_slice(text) {
                compare(&node, &value);
            }
            Some(node)
        }
        Err(error) => {
            assert_eq!(is_json, !matches!(error, ParseError::Syntax { .. }));
            None
        }
    }
}

fn compare(node: &Node<'_>, value: &Value) {
    match (node.kind(), value) {
        (Kind::Null, Value::Null) => assert_eq!(node.text(), "null"),
        (Kind::Bool(flag), Value::Bool(other)) => assert_eq!(flag, other),
        (Kind::Number, Value::Number(number)) => {
            assert_eq!(node.text().parse::<Number>().ok().as_ref(), Some(number));
        }
        (Kind::String(text), Value::String(other)) => assert_eq!(text.as_deref(), Some(other.as_str())),
        (Kind::Array(items), Value::Array(others)) => {
            assert_eq!(items.len(), others.len());
            items
                .iter()
                .zip(others)
                .for_each(|(item, other)| compare(item, other));
        }
        (Kind::Object(members), Value::Object(others)) => {
            assert_eq!(members.len(), others.len());
            for (name, member) in members {
                compare(member, &others[&**name]);
            }
        }
        _ => panic!("{node:?} is not {value}"),
    }
}

//! What is JSON, and which part of a text is which.

use bytes::Bytes;
use model::{Kind, Node, ParseError, Raw};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::texts::{config, owned, parsable, text};

/// Whether a node says what `serde_json` says.
fn agrees(node: &Node<'_>, value: &Value) -> bool {
    match (node.kind(), value) {
        (Kind::Null, Value::Null) => true,
        (Kind::Bool(a), Value::Bool(b)) => a == b,
        (Kind::Number, Value::Number(_)) => serde_json::from_str::<Value>(node.text()).unwrap() == *value,
        (Kind::String(Some(a)), Value::String(b)) => a == b,
        (Kind::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agrees(a, b)),
        (Kind::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, node)| b.get(&**key).is_some_and(|b| agrees(node, b)))
        }
        _ => false,
    }
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let accepted = serde_json::from_str::<IgnoredAny>(text).is_ok();
    match Node::parse(text.as_bytes()) {
        Ok(node) => {
            prop_assert!(accepted, "{}", text);
            // Numbers beyond `f64` and lone surrogates have no `Value`.
            if let Ok(value) = serde_json::from_str::<Value>(text) {
                prop_assert!(agrees(&node, &value), "{}", text);
            }
        }
        Err(ParseError::Syntax { .. }) => prop_assert!(!accepted, "{}", text),
        Err(ParseError::RepeatedKey) => prop_assert!(accepted && text.matches(':').count() > 1, "{}", text),
        Err(ParseError::TooDeep) => prop_assert!(accepted && text.len() > 128, "{}", text),
    }
    Ok(())
}

/// Every part is a slice of the whole, exactly as long as it has to be.
fn check_slices(whole: &str, node: &Node<'_>) -> Result<(), TestCaseError> {
    let text = node.text();
    prop_assert!(whole.as_bytes().as_ptr_range().contains(&text.as_ptr()));
    prop_assert_eq!(text.trim(), text);
    prop_assert_eq!(&Node::parse(text.as_bytes()).unwrap(), node);
    match node.kind() {
        Kind::Array(items) => items.iter().try_for_each(|item| check_slices(text, item)),
        Kind::Object(members) => members
            .iter()
            .try_for_each(|(_, value)| check_slices(text, value)),
        _ => Ok(()),
    }
}

/// What a node consists of, white space and the spelling of escapes left out.
fn parts(node: &Node<'_>) -> Vec<String> {
    match node.kind() {
        Kind::Array(items) => {
            let inner = items.iter().flat_map(parts);
            ["[".to_owned()]
                .into_iter()
                .chain(inner)
                .chain(["]".to_owned()])
                .collect()
        }
        Kind::Object(members) => {
            let member = |(key, value): &(_, _)| [format!("{key:?}:")].into_iter().chain(parts(value));
            let inner = members.iter().flat_map(member);
            ["{".to_owned()]
                .into_iter()
                .chain(inner)
                .chain(["}".to_owned()])
                .collect()
        }
        Kind::String(Some(text)) => vec![format!("{text:?}")],
        _ => vec![node.text().to_owned()],
    }
}

#[derive(Debug, Clone)]
enum Edit {
    Insert(Index, char),
    Remove(Index),
    Swap(Index, Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let sign = prop_oneof![4 => "[\\[\\]{},:\"\\\\0-9eE.+tfnu /-]", 1 => "\\PC"];
    prop_oneof![
        (any::<Index>(), sign).prop_map(|(at, text)| Edit::Insert(at, text.chars().next().unwrap())),
        any::<Index>().prop_map(Edit::Remove),
        (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Edit::Swap(a, b)),
    ]
}

fn apply(text: &str, edits: Vec<Edit>) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for edit in edits {
        match edit {
            Edit::Insert(at, c) => chars.insert(at.index(chars.len() + 1), c),
            Edit::Remove(at) if !chars.is_empty() => drop(chars.remove(at.index(chars.len()))),
            Edit::Swap(a, b) if !chars.is_empty() => {
                let (a, b) = (a.index(chars.len()), b.index(chars.len()));
                chars.swap(a, b);
            }
            Edit::Remove(_) | Edit::Swap(..) => {}
        }
    }
    chars.into_iter().collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn agrees_with_serde_json(text in text()) {
        check(&text)?;
    }

    #[test]
    fn agrees_with_serde_json_on_what_is_nearly_json(text in text(), edits in vec(edit(), 1..4)) {
        check(&apply(&text, edits))?;
    }

    #[test]
    fn agrees_with_serde_json_on_bytes(bytes in vec(any::<u8>(), 0..40)) {
        match std::str::from_utf8(&bytes) {
            Ok(text) => check(text)?,
            Err(_) => prop_assert!(Node::parse(&bytes).is_err()),
        }
    }

    #[test]
    fn parts_are_slices(text in parsable()) {
        check_slices(&text, &Node::parse(text.as_bytes()).unwrap())?;
    }

    #[test]
    fn raw_is_a_slice_of_the_body(text in parsable()) {
        let body = Bytes::from(text);
        let whole = Node::parse(&body).unwrap();
        let mut nodes = vec![&whole];
        while let Some(node) = nodes.pop() {
            let raw = Raw::of(&body, node);
            prop_assert_eq!(raw.as_bytes(), node.text().as_bytes());
            prop_assert_eq!(raw.as_bytes().as_ptr(), node.text().as_ptr());
            prop_assert_eq!(serde_json::to_string(&raw).unwrap(), node.text());
            match node.kind() {
                Kind::Array(items) => nodes.extend(items),
                Kind::Object(members) => nodes.extend(members.iter().map(|(_, value)| value)),
                _ => {}
            }
        }
    }

    #[test]
    fn what_is_owned_is_written_as_it_was_read(text in parsable()) {
        let written = serde_json::to_string(&owned(&text)).unwrap();
        let (before, after) = (Node::parse(text.as_bytes()), Node::parse(written.as_bytes()));
        prop_assert_eq!(parts(&before.unwrap()), parts(&after.unwrap()));
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(
        Node::parse(nested(129).as_bytes()).is_ok(),
        "128 levels below the top"
    );
    assert_eq!(Node::parse(nested(130).as_bytes()), Err(ParseError::TooDeep));
    assert_eq!(
        Node::parse(nested(1_000_000).as_bytes()),
        Err(ParseError::TooDeep)
    );
    let objects = format!("{}1{}", "{\"a\":".repeat(130), "}".repeat(130));
    assert_eq!(Node::parse(objects.as_bytes()), Err(ParseError::TooDeep));
}

#[test]
fn repeated_keys_are_refused_however_they_are_spelt() {
    let many = |last: &str| {
        let members: Vec<_> = (0..40).map(|n| format!("\"k{n}\":{n}")).collect();
        format!("{{{},{last}:0}}", members.join(","))
    };
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"b":2,"\u0061":3}"#,
        r#"[{"x":{"":1,"":2}}]"#,
        &many("\"k7\""),
    ] {
        assert_eq!(
            Node::parse(text.as_bytes()),
            Err(ParseError::RepeatedKey),
            "{text}"
        );
    }
    assert!(Node::parse(many("\"k40\"").as_bytes()).is_ok());
    assert!(Node::parse(br#"[{"a":1},{"a":{"a":1}}]"#).is_ok());
}

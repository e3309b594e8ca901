//! Prediction and residue together are the native value.

use model::{Extra, Json, Node, residue, restore};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::texts::{config, owned, parsable, sorted};

fn check(native: &str, predicted: &Json) -> Result<(), TestCaseError> {
    let predicted = &object(predicted);
    let node = Node::parse(native.as_bytes()).unwrap();
    let residue = residue(&node, predicted);
    prop_assert!(matches!(residue, Json::Object(_)));
    let restored = restore(predicted.clone(), residue.clone());
    prop_assert_eq!(sorted(restored), sorted(node.to_json()));
    // The same holds for the residue as a client reads it.
    let shown = owned(&serde_json::to_string(&residue).unwrap());
    prop_assert_eq!(sorted(restore(predicted.clone(), shown)), sorted(node.to_json()));
    Ok(())
}

/// Of resources only objects are predicted.
fn object(predicted: &Json) -> Json {
    match predicted {
        Json::Object(_) => predicted.clone(),
        other => Json::object([("b", Some(other.clone()))]),
    }
}

/// A prediction that is mostly right: the native value with some parts changed, added or taken away.
fn resembling(value: &mut Json, path: &[Index], other: Json) {
    match (value, path) {
        (Json::Object(members), [at, rest @ ..]) if !members.is_empty() => {
            let at = at.index(members.len());
            match (rest, other) {
                ([], Json::Null) => drop(members.remove(at)),
                (_, other) => resembling(&mut members[at].1, rest, other),
            }
        }
        (Json::Array(items), [at, rest @ ..]) if !items.is_empty() => {
            let at = at.index(items.len());
            match (rest, other) {
                ([], Json::Null) => drop(items.remove(at)),
                (_, other) => resembling(&mut items[at], rest, other),
            }
        }
        (Json::Object(members), _) if members.iter().all(|(key, _)| key != "new") => {
            members.push(("new".to_owned(), other));
        }
        (value, _) => *value = other,
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_was_predicted(native in parsable(), predicted in parsable()) {
        check(&native, &owned(&predicted))?;
    }

    #[test]
    fn a_prediction_that_is_nearly_right(
        native in parsable(),
        changes in vec((vec(any::<Index>(), 0..4), parsable()), 0..4),
    ) {
        let mut predicted = owned(&native);
        for (path, other) in changes {
            resembling(&mut predicted, &path, owned(&other));
        }
        check(&native, &predicted)?;
    }

    #[test]
    fn what_is_predicted_right_leaves_nothing(native in parsable()) {
        let native = format!("{{\"a\":{native}}}");
        let node = Node::parse(native.as_bytes()).unwrap();
        prop_assert_eq!(residue(&node, &node.to_json()), Json::object([]));
    }
}

fn residue_of(native: &str, predicted: &str) -> String {
    let node = Node::parse(native.as_bytes()).unwrap();
    serde_json::to_string(&Extra::of("acme", &node, &owned(predicted))).unwrap()
}

#[test]
fn the_residue_has_the_form_that_clients_read() {
    for (native, predicted, expected) in [
        (r#"{"a":1}"#, r#"{"a":1}"#, "{}"),
        (r#"{"a":1.0}"#, r#"{"a":1}"#, r#"{"a":1.0}"#),
        (r#"{"a":null}"#, "{}", r#"{"a":null}"#),
        ("{}", r#"{"a/b":1}"#, r#"{"$absent":["/a~1b"]}"#),
        (r#"{"a":{"b":1,"c":2}}"#, r#"{"a":{"b":1}}"#, r#"{"a":{"c":2}}"#),
        (
            r#"{"a":[{"b":1},{"b":2}]}"#,
            r#"{"a":[{},{"b":2}]}"#,
            r#"{"a":[{"b":1},{}]}"#,
        ),
        (r#"{"a":[1,2]}"#, r#"{"a":[1]}"#, r#"{"a":[1,2]}"#),
        ("[]", "{}", r#"{"$value":[]}"#),
        ("null", "{}", r#"{"$value":null}"#),
        (
            r#"{"$absent":["/a"],"$value":1,"$$value":2}"#,
            "{}",
            r#"{"$$absent":["/a"],"$$value":1,"$$$value":2}"#,
        ),
    ] {
        assert_eq!(
            residue_of(native, predicted),
            format!(r#"{{"acme":{expected}}}"#),
            "{native}"
        );
    }
}

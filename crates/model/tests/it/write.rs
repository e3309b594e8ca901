//! What is written is what `serde_json` writes.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;

use crate::texts::{config, owned, parsable};

/// Every shape that a value can have.
#[derive(Debug, Clone, Serialize)]
enum Shape {
    Unit,
    Text(String),
    Pair(bool, char),
    Fields { number: i64, small: u8 },
    Lists(Vec<Self>),
    Map(BTreeMap<String, Self>),
    Option(Option<Tuple>),
    Struct(Struct),
}

#[derive(Debug, Clone, Serialize)]
struct Tuple(f64, i32);

#[derive(Debug, Clone, Serialize)]
struct Nothing;

#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
struct Wrapped(u64);

#[derive(Debug, Clone, Serialize)]
struct Struct {
    wrapped: Wrapped,
    #[serde(rename = "self")]
    nothing: Nothing,
    #[serde(skip_serializing_if = "Option::is_none")]
    optional: Option<(u16, String)>,
    #[serde(flatten)]
    others: BTreeMap<String, Option<f32>>,
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        "[\\x00-\\x7f]{0,40}",
        "[a-z]{0,40}",
        "[a-z]{14,18}[\"\\\\\n\u{7f}]?[a-z]{0,18}"
    ]
}

fn structure() -> impl Strategy<Value = Struct> {
    let optional = option::of((any::<u16>(), text()));
    let others = btree_map(text(), option::of(any::<f32>()), 0..3);
    (any::<u64>(), optional, others).prop_map(|(number, optional, others)| Struct {
        wrapped: Wrapped(number),
        nothing: Nothing,
        optional,
        others,
    })
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::Unit),
        text().prop_map(Shape::Text),
        (any::<bool>(), any::<char>()).prop_map(|(flag, char)| Shape::Pair(flag, char)),
        (any::<i64>(), any::<u8>()).prop_map(|(number, small)| Shape::Fields { number, small }),
        option::of((any::<f64>(), any::<i32>()).prop_map(|(a, b)| Tuple(a, b))).prop_map(Shape::Option),
        structure().prop_map(Shape::Struct),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Shape::Lists),
            btree_map(text(), inner, 0..4).prop_map(Shape::Map),
        ]
    })
}

fn check<T: Serialize>(value: &T) -> Result<(), TestCaseError> {
    let mut text = "before ".to_owned();
    model::write(value, &mut text).unwrap();
    prop_assert_eq!(text, format!("before {}", serde_json::to_string(value).unwrap()));
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn of_any_shape(shape in shape()) {
        check(&shape)?;
    }

    #[test]
    fn of_text(text in text()) {
        check(&text)?;
    }

    #[test]
    fn of_what_was_read(native in parsable()) {
        check(&owned(&native))?;
    }
}

#[test]
fn a_key_that_is_no_string_is_refused() {
    let map = BTreeMap::from([(Some(vec![1]), 2)]);
    assert!(serde_json::to_string(&map).is_err());
    assert!(model::write(&map, &mut String::new()).is_err());
}

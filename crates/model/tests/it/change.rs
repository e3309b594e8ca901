//! Bodies of writes: absent and null, every fault with its pointer.

use model::{Code, Patch, Place, TargetChange, WebhookChange};
use proptest::prelude::*;

fn faults(body: &str) -> Vec<(String, String)> {
    let error = WebhookChange::read(body.as_bytes()).unwrap_err();
    assert_eq!(error.code(), Code::InvalidRequest, "{body}");
    let fields = error.fields().iter();
    fields
        .map(|field| match &field.place {
            Place::Pointer(place) | Place::Parameter(place) => (place.clone(), field.detail.clone()),
        })
        .collect()
}

#[test]
fn absent_and_null_differ() {
    let change =
        WebhookChange::read(br#"{"target": {"url": null, "method": "POST"}, "events": null}"#).unwrap();
    let target = TargetChange {
        url: Patch::Clear,
        method: Patch::Set("POST".to_owned()),
        ..TargetChange::default()
    };
    assert_eq!(change.target, Patch::Set(target));
    assert_eq!((&change.events, &change.keywords), (&Patch::Clear, &Patch::Keep));
    assert!(!change.is_empty());
}

#[test]
fn a_change_of_nothing_is_empty() {
    for nothing in ["{}", r#"{"target": {}}"#] {
        assert!(
            WebhookChange::read(nothing.as_bytes()).unwrap().is_empty(),
            "{nothing}"
        );
    }
    for something in [
        r#"{"target": null}"#,
        r#"{"events": []}"#,
        r#"{"enabled": false}"#,
    ] {
        assert!(
            !WebhookChange::read(something.as_bytes()).unwrap().is_empty(),
            "{something}"
        );
    }
}

#[test]
fn every_fault_is_named() {
    let body = r#"{
        "target": {"url": 1, "sid": "x"}, "events": ["a", 2], "keywords": {}, "enabled": "yes",
        "id": "WH1", "a/b~ü": 1
    }"#;
    let expected = [
        ("#/target/url", "must be text"),
        ("#/target/sid", "not a field of a target"),
        ("#/events/1", "must be text"),
        ("#/keywords", "must be a list of texts"),
        ("#/enabled", "must be true or false"),
        ("#/id", "cannot be written"),
        ("#/a~1b~0%C3%BC", "not a field of a webhook"),
    ]
    .map(|(pointer, detail)| (pointer.to_owned(), detail.to_owned()));
    assert_eq!(faults(body), expected);
    assert_eq!(faults("[]"), [("#".to_owned(), "must be an object".to_owned())]);
    assert_eq!(
        faults(r#"{"target": "x"}"#),
        [("#/target".to_owned(), "must be an object".to_owned())]
    );
}

#[test]
fn what_is_no_json_is_malformed() {
    for body in ["", "{", "{\"a\":1,\"a\":2}", "target=1", "{} {}"] {
        let error = WebhookChange::read(body.as_bytes()).unwrap_err();
        assert_eq!(error.code(), Code::MalformedRequest, "{body}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_body_breaks_it(body in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(WebhookChange::read(&body));
    }

    #[test]
    fn no_member_is_dropped(name in "[a-z_]{1,12}") {
        let known = ["target", "events", "keywords", "enabled"].contains(&name.as_str());
        let body = serde_json::json!({ name: null }).to_string();
        prop_assert_eq!(WebhookChange::read(body.as_bytes()).is_ok(), known);
    }
}

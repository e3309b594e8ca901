//! Links in answers that are passed through.

use std::collections::BTreeMap;

use bytes::Bytes;
use model::{Account, Code, OptionValue};
use proptest::prelude::*;
use serde_json::{Value, json};

const FACE: &str = "https://gateway.example/proxy/twilio";
const CANONICAL: &str = "https://conversations.twilio.com";
const BASE: &str = "http://127.0.0.1:8081/mock";

fn account(base_url: &str) -> Account {
    Account {
        connection: "twilio".parse().unwrap(),
        base_url: base_url.to_owned(),
        options: BTreeMap::from([("rewrite_urls", OptionValue::Flag(true))]),
    }
}

/// The body that clients get; the same one if no link changes.
fn rewritten(body: &str) -> Result<String, Code> {
    let provider = providers::find("twilio").unwrap();
    let bytes = Bytes::copy_from_slice(body.as_bytes());
    let rewritten = provider
        .rewrite_links(&account(BASE), FACE, &bytes)
        .map_err(|error| error.code())?;
    Ok(String::from_utf8(rewritten.unwrap_or(bytes).to_vec()).unwrap())
}

fn meta(url: &str) -> Value {
    let body = json!({ "meta": { "next_page_url": url } }).to_string();
    let body: Value = serde_json::from_str(&rewritten(&body).unwrap()).unwrap();
    body["meta"]["next_page_url"].clone()
}

#[test]
fn whether_links_change_is_the_accounts_option() {
    let twilio = providers::find("twilio").unwrap();
    assert!(twilio.rewrites_links(&account(BASE)));
    let mut without = account(BASE);
    without.options.insert("rewrite_urls", OptionValue::Flag(false));
    assert!(!twilio.rewrites_links(&without));
    assert!(!providers::find("bland").unwrap().rewrites_links(&account(BASE)));
}

#[test]
fn every_origin_of_the_provider_becomes_the_face() {
    for ours in [
        CANONICAL,
        "HTTPS://Conversations.Twilio.Com",
        "https://conversations.twilio.com:443",
        "https://conversations.au1.twilio.com",
        "https://conversations.sydney.au1.twilio.com",
        BASE,
    ] {
        for rest in [
            "",
            "/",
            "/v1/x?Page=1&PageToken=PT%2F+a",
            "?x=https://evil.example",
            "/a#b",
        ] {
            assert_eq!(
                meta(&format!("{ours}{rest}")),
                format!("{FACE}{rest}"),
                "{ours}{rest}"
            );
        }
    }
}

#[test]
fn a_page_anywhere_else_is_taken_out() {
    for foreign in [
        "https://evil.example/v1/x",
        "http://conversations.twilio.com/v1/x",
        "https://conversations.twilio.com:444/x",
        "https://conversations.twilio.com.evil.example/x",
        "https://conversations.twilio.com@evil.example/x",
        "https://user@conversations.twilio.com/x",
        "https://evil.example\\.twilio.com/x",
        "https://conversations.evil.example/.twilio.com",
        "https://conversations.a.b.c.twilio.com/x",
        "https://conversations..twilio.com/x",
        "https://conversations.eviltwilio.com/x",
        "https://conversationsx.twilio.com/x",
        "https://chat.twilio.com/x",
        "https://conversations.twilio.com\\@evil.example/",
        "https://conversations.twilio.com#@evil.example/",
        "http://127.0.0.1:8081/mocking",
        "http://127.0.0.1:8081/other",
        "http://127.0.0.1:8082/mock/x",
        "//conversations.twilio.com/x",
        "/v1/x",
        "",
        " https://conversations.twilio.com/x",
        "ftp://conversations.twilio.com/x",
    ] {
        assert!(meta(foreign).is_null(), "{foreign}: {}", meta(foreign));
    }
    // One that is no text at all.
    assert_eq!(
        rewritten(r#"{"meta":{"next_page_url":"\ud800","previous_page_url":null,"x_page_url":7}}"#).unwrap(),
        r#"{"meta":{"next_page_url":null,"previous_page_url":null,"x_page_url":7}}"#
    );
}

#[test]
fn what_few_readers_can_hold_is_passed_on() {
    let url = format!("\"url\":\"{CANONICAL}\"");
    for value in [
        "1e999",
        "-123456789012345678901234567890.5",
        r#""\ud800""#,
        r#"["\udfff",1e400]"#,
    ] {
        let body = format!("{{\"x\":{value},{url}}}");
        assert_eq!(rewritten(&body).unwrap(), body.replace(CANONICAL, FACE));
    }
    let body = format!("{{\"\\ud800\":1,{url}}}");
    assert_eq!(rewritten(&body).unwrap(), body.replace(CANONICAL, FACE));
}

#[test]
fn only_links_of_resources_change() {
    let body = |at: &str| {
        json!({
            "url": format!("{at}/v1/a"),
            "links": { "b": format!("{at}/b"), "c": null, "d": { "url": format!("{CANONICAL}/deep") } },
            "configuration": { "url": format!("{CANONICAL}/hook"), "links": { "x": CANONICAL } },
            "attributes": CANONICAL,
            "conversations": [
                { "url": format!("{at}/v1/c"), "links": { "e": format!("{at}/e") }, "webhook": { "url": CANONICAL } },
                CANONICAL,
            ],
            "meta": { "url": format!("{at}/v1"), "key": CANONICAL },
            "other": { "next_page_url": CANONICAL },
        })
        .to_string()
    };
    assert_eq!(rewritten(&body(CANONICAL)).unwrap(), body(FACE));
    // A link that nobody follows with a key may lead anywhere.
    assert_eq!(
        rewritten(&body("https://chat.twilio.com")).unwrap(),
        body("https://chat.twilio.com")
    );
}

#[test]
fn a_list_is_one_of_resources_whatever_it_is_called() {
    for name in ["meta", "url", "links", "webhooks"] {
        let body = |at: &str| json!({ name: [{ "url": at, "links": [{ "url": CANONICAL }] }] }).to_string();
        assert_eq!(rewritten(&body(CANONICAL)).unwrap(), body(FACE));
    }
}

#[test]
fn escapes_are_no_disguise() {
    assert_eq!(
        rewritten(r#"{"url":"https:\/\/conversations.twilio.com\/v1\/\u0061?x=\u00e9"}"#).unwrap(),
        format!(r#"{{"url":"{FACE}\/v1\/\u0061?x=\u00e9"}}"#)
    );
    assert_eq!(
        rewritten(r#"{"meta":{"n\u0065xt_page_url":"\u0068ttps://conversations.twilio.com"}}"#).unwrap(),
        format!(r#"{{"meta":{{"n\u0065xt_page_url":"{FACE}"}}}}"#)
    );
}

#[test]
fn a_link_that_is_there_twice_leads_to_the_face_twice() {
    let body = |origin: &str| {
        format!(
            r#"{{"url":"{origin}/a","url":"{origin}/b","meta":{{"url":"{origin}/c"}},"meta":1,
                "meta":{{"next_page_url":"{origin}/d"}},"x":[{{"links":{{"y":"{origin}/e","y":"{origin}/f"}}}}]}}"#
        )
    };
    assert_eq!(rewritten(&body(CANONICAL)).unwrap(), body(FACE));
}

#[test]
fn what_is_no_json_is_refused() {
    let deep = "[".repeat(100_000);
    for body in ["{", "", "nonsense", "{} {}", "{\"meta\":{}", &deep] {
        assert_eq!(rewritten(body), Err(Code::ProviderProtocolError), "{body}");
    }
}

#[test]
fn errors_have_the_form_of_the_provider() {
    let error = model::Error::client(Code::NotFound, "There is no \"it\".");
    let form = |name: &str| {
        let body = providers::find(name).unwrap().render_error(404, &error);
        serde_json::from_slice::<Value>(&body).unwrap()
    };
    assert_eq!(
        form("twilio"),
        json!({ "code": 404, "message": "There is no \"it\".", "more_info": "/problems/not_found", "status": 404 })
    );
    assert_eq!(
        form("bland"),
        json!({ "data": null, "errors": [{ "error": "NOT_FOUND", "message": "There is no \"it\"." }] })
    );
}

/// Any JSON, with names and texts that matter here among the others.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec![
        CANONICAL.to_owned(),
        format!("{CANONICAL}/v1?a=b"),
        format!("{BASE}/x"),
        "https://evil.example/x".to_owned(),
        "\"\\é\u{1}".to_owned(),
        String::new(),
    ]);
    let leaf = prop_oneof![
        text.prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    let name = prop::sample::select(vec!["meta", "url", "links", "next_page_url", "webhooks", "x\n"]);
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The definition, on values: what a client has to read.
fn expected(mut body: Value) -> Value {
    fn link(value: &mut Value, is_page: bool) {
        let Some(text) = value.as_str() else { return };
        *value = match [CANONICAL, BASE].iter().find_map(|at| text.strip_prefix(at)) {
            Some(rest) => format!("{FACE}{rest}").into(),
            None if is_page => Value::Null,
            None => return,
        };
    }
    fn resource(value: &mut Value) {
        let Some(members) = value.as_object_mut() else {
            return;
        };
        members
            .get_mut("url")
            .into_iter()
            .for_each(|url| link(url, false));
        let links = members.get_mut("links").and_then(Value::as_object_mut);
        links
            .into_iter()
            .flat_map(|links| links.values_mut())
            .for_each(|url| link(url, false));
    }
    resource(&mut body);
    for (name, value) in body.as_object_mut().into_iter().flatten() {
        value.as_array_mut().into_iter().flatten().for_each(resource);
        if name == "meta" {
            for (name, value) in value.as_object_mut().into_iter().flatten() {
                if name.ends_with("_page_url") || name == "url" {
                    link(value, name != "url");
                }
            }
        }
    }
    body
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn links_change_and_every_other_byte_stays(body in any_json(), pretty: bool) {
        let write = |value: &Value| {
            if pretty { serde_json::to_string_pretty(value).unwrap() } else { value.to_string() }
        };
        prop_assert_eq!(rewritten(&write(&body)).unwrap(), write(&expected(body)));
    }

    #[test]
    fn nothing_makes_it_panic(body in "[\\[\\]{}\":,a-z\\\\/ ]{0,60}") {
        drop(rewritten(&body));
    }
}

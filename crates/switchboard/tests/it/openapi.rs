//! The description of the API against what the gateway does: its copy, its examples, its schemas.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use http::Method;
use model::Timestamp;
use serde_json::{Value, json};
use switchboard::openapi::{self, Example};

use crate::rig::process::{run, text};
use crate::rig::{Answer, Gateway, demo_connections};

const RENEW: &str = "UPDATE_OPENAPI=1 cargo nextest run -p switchboard openapi, twice, renews it";

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Compares a committed file with what it has to be, or renews it.
fn compare(path: &str, text: &str) {
    let path = root(path);
    if env::var_os("UPDATE_OPENAPI").is_some() {
        fs::write(&path, text).unwrap();
    }
    let same = fs::read_to_string(&path).is_ok_and(|committed| committed == text);
    assert!(same, "{} is out of date: {RENEW}", path.display());
}

/// The demo, with every operation turned on.
async fn everything_on() -> Gateway {
    let on = "api_key = \"sandbox\"\nredelivery = true\nclear_webhook = true";
    Gateway::start(&demo_connections().replace("api_key = \"sandbox\"", on)).await
}

#[test]
fn the_committed_copy_is_the_description() {
    compare("clients/openapi.json", &openapi::json());
}

#[test]
fn the_command_prints_it_in_both_notations() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, expected) in [
        (&["openapi"][..], openapi::json()),
        (&["openapi", "--format", "yaml"], openapi::yaml()),
    ] {
        let printed = run(folder.path(), arguments);
        assert!(printed.status.success(), "{printed:?}");
        assert_eq!(text(&printed.stdout), expected);
    }
}

#[tokio::test]
async fn the_examples_are_what_the_sandbox_answers() {
    let path = "crates/switchboard/src/openapi/examples.json";
    let committed: Vec<Example> = serde_json::from_str(&fs::read_to_string(root(path)).unwrap()).unwrap();
    assert_eq!(openapi::recorded(), committed);
    let document = openapi::document();
    let began = switchboard::clock::now();
    let mut seen = Vec::new();
    for example in committed {
        // A gateway of its own, since some of them change something.
        let gateway = everything_on().await;
        let answer = ask(&gateway, &method_of(&document, &example.operation), &example).await;
        gateway.stop().await;
        assert_eq!(answer.status, example.status, "{example:?}\n{answer:?}");
        let mut body = if answer.body.is_empty() {
            Value::Null
        } else {
            answer.json()
        };
        settle(&mut body, &began);
        seen.push(Example {
            answer: body,
            ..example
        });
    }
    compare(path, &format!("{:#}\n", json!(seen)));
}

#[tokio::test]
async fn the_description_is_served_to_everybody() {
    let gateway = Gateway::start(&format!("[auth]\nmode = \"none\"\n{}", demo_connections())).await;
    let answer = gateway.get("/openapi.json").await;
    assert_eq!((answer.status, answer.json()), (200, openapi::document()));
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    let tag = answer.header("etag").to_owned();
    let again = gateway
        .get_with("/openapi.json", &[("if-none-match", &tag)])
        .await;
    assert_eq!(again.status, 304);
    for path in [
        "/v1/connections",
        "/v1/connections/bland",
        "/v1/numbers",
        "/v1/services?limit=1",
    ] {
        let links: Vec<_> = gateway
            .get(path)
            .await
            .headers
            .get_all("link")
            .iter()
            .cloned()
            .collect();
        let leads_here = |link: &http::HeaderValue| link == "</openapi.json>; rel=\"service-desc\"";
        assert!(links.iter().any(leads_here), "{path}: {links:?}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn the_reference_loads_from_here_alone() {
    let gateway = Gateway::demo().await;
    let page = gateway
        .get_with("/docs", &[("accept", "text/html,*/*;q=0.8")])
        .await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'; script-src 'self'")
    );
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(!html.contains("//"), "an address elsewhere: {html}");
    let assets: BTreeSet<_> = html.split('"').filter(|text| text.starts_with("docs/")).collect();
    assert_eq!(assets.len(), 3);
    for asset in assets {
        let answer = gateway.get(&format!("/{asset}")).await;
        let kind = if asset.ends_with("css") {
            "text/css"
        } else {
            "text/javascript"
        };
        assert_eq!(answer.status, 200, "{asset}");
        assert!(
            answer.header("content-type").starts_with(kind),
            "{asset}: {answer:?}"
        );
    }
    assert_eq!(gateway.get("/docs/nothing.js").await.code(), "not_found");
    let json = gateway.get_with("/docs", &[("accept", "application/json")]).await;
    assert_eq!((json.status, json.code().as_str()), (406, "not_acceptable"));
    gateway.stop().await;
}

#[tokio::test]
async fn a_resource_has_the_same_fields_at_every_provider() {
    let document = openapi::document();
    let gateway = Gateway::demo().await;
    let mut compared = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let name = item.pointer("/get/responses/200/content/application~1json/schema/$ref");
        let Some(name) = name
            .and_then(Value::as_str)
            .and_then(|name| name.rsplit('/').next())
        else {
            continue;
        };
        let limits = item["get"]["parameters"].as_array().unwrap();
        let is_paged = limits.contains(&json!({ "$ref": "#/components/parameters/limit" }));
        if !is_paged || path.contains('{') {
            continue;
        }
        for connection in ["twilio", "bland"] {
            let filter = if path == "/v1/connections" {
                String::new()
            } else {
                format!("&connection={connection}")
            };
            let answer = gateway.get(&format!("{path}?limit=100{filter}")).await;
            if answer.status == 405 {
                continue;
            }
            conforms(
                &document,
                &document["components"]["schemas"][name],
                &answer.json(),
                path,
            );
            compared.insert(format!("{name} {connection}"));
        }
    }
    for path in [
        "/v1/conversations/twilio:CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/webhooks",
        "/v1/conversations/bland:convo_override/webhooks",
    ] {
        let answer = gateway.get(path).await.json();
        conforms(
            &document,
            &document["components"]["schemas"]["WebhookPage"],
            &answer,
            path,
        );
    }
    let both = ["ConversationPage twilio", "ConversationPage bland"];
    assert!(both.iter().all(|pair| compared.contains(*pair)), "{compared:?}");
    gateway.stop().await;
}

#[test]
fn only_raw_is_ever_left_out() {
    let document = openapi::document();
    for name in [
        "Connection",
        "Service",
        "Conversation",
        "Webhook",
        "WebhookDelivery",
        "Number",
        "Attempt",
        "Agent",
    ] {
        let schema = &document["components"]["schemas"][name];
        let mut names: BTreeSet<_> = schema["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.remove("raw");
        assert_eq!(required(schema), names, "{name}");
    }
}

#[test]
fn no_two_types_share_a_schemas_name() {
    // The generator would number the second one.
    let document = openapi::document();
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(!name.ends_with(|last: char| last.is_ascii_digit()), "{name}");
    }
}

/// Every object has exactly the members that its schema requires, down to the last one, and every word is one of
/// those that the schema shows or the provider's own.
fn conforms(document: &Value, schema: &Value, value: &Value, at: &str) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    if let Some(schemas) = schema["anyOf"].as_array() {
        let other = schemas.iter().find(|schema| schema["type"] != "null").unwrap();
        if !value.is_null() {
            conforms(document, other, value, at);
        }
        return;
    }
    match value {
        Value::Object(members) if schema["properties"].is_object() => {
            let found: BTreeSet<_> = members.keys().map(String::as_str).collect();
            assert_eq!(found, required(schema), "{at}");
            for (name, value) in members {
                conforms(
                    document,
                    &schema["properties"][name],
                    value,
                    &format!("{at}/{name}"),
                );
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                conforms(document, &schema["items"], item, &format!("{at}/{index}"));
            }
        }
        Value::String(word) if !word.contains(':') => {
            let known = schema["examples"].as_array();
            assert!(known.is_none_or(|known| known.contains(value)), "{at}: {word}");
        }
        _ => {}
    }
}

fn required(schema: &Value) -> BTreeSet<&str> {
    let names = schema["required"].as_array().unwrap().iter();
    names.map(|name| name.as_str().unwrap()).collect()
}

fn method_of(document: &Value, operation: &str) -> Method {
    let items = document["paths"].as_object().unwrap().values();
    let methods = items.flat_map(|item| item.as_object().unwrap());
    let (method, _) = methods
        .into_iter()
        .find(|(_, described)| described["operationId"] == operation)
        .unwrap();
    method.to_ascii_uppercase().parse().unwrap()
}

async fn ask(gateway: &Gateway, method: &Method, example: &Example) -> Answer {
    match &example.body {
        Value::Null => gateway.client.send(method.clone(), &example.path, &[]).await,
        body => {
            gateway
                .client
                .json(method.clone(), &example.path, &[], body)
                .await
        }
    }
}

/// Without what is another at each run: cursors, hashes, addresses, and times since the test began.
fn settle(answer: &mut Value, began: &Timestamp) {
    match answer {
        Value::Object(members) => {
            for (name, value) in members {
                if name == "next_cursor" && value.is_string() {
                    *value = json!("AQ0OpaqueToClients");
                } else {
                    settle(value, began);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| settle(item, began)),
        Value::String(text) if Timestamp::parse(text).is_some_and(|time| time >= *began) => {
            "2026-06-01T12:00:00Z".clone_into(text);
        }
        // Hashes and keys, and where the sandbox happens to listen.
        Value::String(text) if text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            *text = "0123456789abcdef".repeat(text.len() / 16);
        }
        Value::String(text) if text.starts_with("http://127.0.0.1:") => {
            let path = text.splitn(4, '/').nth(3).unwrap();
            *text = format!("https://provider.example.com/{path}");
        }
        _ => {}
    }
}

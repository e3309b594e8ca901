//! `POST /explain` tells what would be done with a request, and does nothing.

use http::{Method, Request};
use serde_json::{Value, json};

use crate::rig::webhook::hook;
use crate::rig::{
    Answer, Gateway, NUMBER, NUMBER_BODY, Script, Upstream, WEBHOOKS, acme, client, webhooks_body,
};

const KEY: [(&str, &str); 1] = [("x-api-key", "key")];

async fn ask(gateway: &Gateway, question: &Value) -> Answer {
    let admin = gateway.admin;
    let request = Request::post("/explain").header("host", admin.0.to_string());
    admin
        .request(request.body(question.to_string().into()).unwrap())
        .await
}

/// A client `tester` who may do everything.
fn everything(upstream: &Upstream) -> String {
    let scopes = r#"["read", "sensitive", "write", "redeliver"]"#;
    let more = r#"["read", "sensitive", "write", "redeliver", "proxy:read", "proxy:write"]"#;
    acme(upstream.address, "").replace(scopes, more)
}

/// What would be done for the client `tester`.
async fn explain(gateway: &Gateway, method: &str, path: &str, body: Option<&Value>) -> Value {
    let mut question = json!({ "method": method, "path": path, "client": "tester" });
    if let Some(body) = body {
        question["body"] = body.clone();
    }
    let answer = ask(gateway, &question).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

async fn metrics(gateway: &Gateway) -> String {
    let text = gateway.admin.get("/metrics").await;
    let text = String::from_utf8(text.body.to_vec()).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("process_") && !line.starts_with('#'));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn what_is_told_to_be_sent_is_what_is_sent() {
    let upstream = Upstream::scripted(|_, seen| {
        let body = match seen.line.split(' ').nth(1).unwrap() {
            path if path.contains("/sms/") => NUMBER_BODY.to_owned(),
            path if path.contains("PageSize") => webhooks_body(None),
            _ => "{}".to_owned(),
        };
        Script::json(200, &body)
    })
    .await;
    let config = everything(&upstream);
    let gateway = Gateway::start(&config).await;
    let hook = hook();
    for (method, path, body) in [
        (Method::GET, NUMBER.to_owned(), None),
        (Method::GET, format!("{WEBHOOKS}?limit=7"), None),
        (Method::POST, WEBHOOKS.to_owned(), Some(&hook)),
        (
            Method::DELETE,
            format!("{WEBHOOKS}/WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            None,
        ),
        (
            Method::GET,
            "/proxy/twilio/v1/Services?PageSize=3&x=%20".to_owned(),
            None,
        ),
    ] {
        let before = upstream.count();
        let told = explain(&gateway, method.as_str(), &path, body).await;
        assert_eq!(upstream.count(), before, "{path}");
        assert_eq!(told["answered_by"], "provider", "{told}");
        let told = &told["upstream"][0];
        match body {
            Some(body) => gateway.client.json(method, &path, &KEY, body).await,
            None => gateway.client.send(method, &path, &KEY).await,
        };
        let seen = &upstream.seen()[before];
        let line = format!("{} {} HTTP/1.1", told["method"].as_str().unwrap(), {
            let url = told["url"].as_str().unwrap();
            url.strip_prefix(&format!("http://{}", upstream.address))
                .unwrap()
                .to_owned()
        });
        assert_eq!(seen.line, line);
        assert_eq!(
            String::from_utf8_lossy(&seen.body),
            told["body"].as_str().unwrap_or_default()
        );
        for (name, value) in told["headers"].as_object().unwrap() {
            assert_eq!(seen.header(name), value.as_str().unwrap(), "{name} of {path}");
        }
        // Beside what belongs to the connection itself nothing is sent that is not told.
        let untold = seen
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| told["headers"].get(name).is_none());
        let untold: Vec<_> = untold
            .filter(|name| !["host", "content-length", "transfer-encoding"].contains(name))
            .collect();
        assert_eq!(untold, ["authorization"], "{path}");
        let from = told["credential"].as_object().unwrap().values();
        assert!(
            from.clone()
                .all(|from| from.as_str().unwrap().starts_with("*** (env:TEST_")),
            "{told}"
        );
        assert_ne!(from.count(), 0);
    }
    gateway.stop().await;
}

#[tokio::test]
async fn it_changes_nothing() {
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let gateway = Gateway::start(&everything(&upstream)).await;
    assert_eq!(gateway.get_with(NUMBER, &KEY).await.status, 200);
    let before = metrics(&gateway).await;
    let hook = json!({ "target": { "type": "http", "url": "https://hooks.example.com/" } });
    for (method, path) in [
        ("GET", "/v1/numbers"),
        ("PUT", &*format!("{NUMBER}/webhook")),
        ("DELETE", &format!("{NUMBER}/webhook")),
        ("DELETE", "/proxy/bland/v1/sms/numbers"),
        ("GET", "/nothing"),
    ] {
        explain(&gateway, method, path, (method == "PUT").then_some(&hook)).await;
    }
    assert_eq!(metrics(&gateway).await, before);
    assert_eq!(upstream.count(), 1);
    let answer = gateway.get_with(NUMBER, &KEY).await;
    assert!(
        answer.header("cache-status").starts_with("switchboard; hit"),
        "{answer:?}"
    );
    gateway.stop().await;
}

#[tokio::test]
async fn the_cache_is_looked_at() {
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let config = acme(upstream.address, "")
        + "\n[cache]\nttl = { numbers = \"30s\" }\nstale_while_revalidate = \"10s\"\n";
    let gateway = Gateway::start(&config).await;
    let told = explain(&gateway, "GET", NUMBER, None).await;
    assert_eq!(
        (&told["answered_by"], &told["cache"]["entry"]),
        (&json!("provider"), &json!("absent"))
    );
    assert_eq!(told["cache"]["age_seconds"], Value::Null);
    gateway.get_with(NUMBER, &KEY).await;
    for (seconds, entry, by) in [
        (0, "fresh", "cache"),
        (31, "revalidated", "cache"),
        (10, "stale", "provider"),
    ] {
        crate::rig::pass(std::time::Duration::from_secs(seconds)).await;
        let told = explain(&gateway, "GET", NUMBER, None).await;
        assert_eq!(
            (&told["answered_by"], &told["cache"]["entry"]),
            (&json!(by), &json!(entry)),
            "{told}"
        );
        assert_eq!(told["cache"]["ttl_seconds"], 30);
    }
    // Another view is another entry, and one that is written has none.
    let other = explain(&gateway, "GET", &format!("{NUMBER}?include=raw"), None).await;
    assert_eq!(
        (&other["cache"]["entry"], &other["cache"]["key_parts"]["raw"]),
        (&json!("absent"), &json!(true))
    );
    assert_ne!(other["cache"]["key"], told["cache"]["key"]);
    assert_eq!(
        explain(&gateway, "DELETE", &format!("{NUMBER}/webhook"), None).await["cache"],
        Value::Null
    );
    gateway.stop().await;
}

#[tokio::test]
async fn who_asks_decides() {
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let config = acme(upstream.address, "") + &client("narrow", &["read"], &["twilio"], "");
    let gateway = Gateway::start(&config).await;
    for (method, path, who, status) in [
        ("GET", NUMBER, json!("narrow"), json!(403)),
        ("DELETE", WEBHOOKS, json!("narrow"), json!(405)),
        ("GET", WEBHOOKS, json!("narrow"), Value::Null),
        ("GET", "/v1/numbers?include=raw", json!("narrow"), json!(403)),
        ("GET", "/proxy/twilio/v1/Services", json!("narrow"), json!(403)),
        ("GET", NUMBER, Value::Null, json!(401)),
        ("GET", "/", Value::Null, Value::Null),
        ("GET", "/nothing", Value::Null, json!(404)),
        ("GET", "/proxy/twilio/../x", json!("tester"), json!(400)),
        ("GET", "/v1/numbers?limit=1000", json!("tester"), json!(422)),
    ] {
        let told = ask(
            &gateway,
            &json!({ "method": method, "path": path, "client": who }),
        )
        .await
        .json();
        assert_eq!(told["problem"]["status"], status, "{method} {path}: {told}");
        if status != Value::Null {
            assert_eq!(
                (&told["answered_by"], &told["upstream"]),
                (&json!("gateway"), &json!([])),
                "{told}"
            );
        }
    }
    // Of a list each connection that the client may use.
    let told = ask(
        &gateway,
        &json!({ "method": "GET", "path": "/v1/numbers", "client": "narrow" }),
    )
    .await
    .json();
    assert_eq!(told["upstream"].as_array().unwrap().len(), 1);
    assert_eq!(told["cache"]["key_parts"]["connections"], json!(["twilio"]));
    gateway.stop().await;
}

#[tokio::test]
async fn a_question_that_cannot_be_understood_says_why() {
    let gateway = Gateway::demo().await;
    for (question, pointers) in [
        (json!({}), vec!["#/method", "#/path"]),
        (json!([]), vec!["#"]),
        (
            json!({ "method": "G T", "path": "x", "client": "nobody", "who/": 1 }),
            vec!["#/method", "#/path", "#/client", "#/who~1"],
        ),
        (json!({ "method": 1, "path": "/a b" }), vec!["#/method", "#/path"]),
    ] {
        let answer = ask(&gateway, &question).await;
        assert_eq!(answer.status, 422, "{answer:?}");
        let problem = answer.json();
        let mut told: Vec<_> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        let mut pointers = pointers;
        told.sort_unstable();
        pointers.sort_unstable();
        assert_eq!(told, pointers, "{question}");
    }
    let large = json!({ "method": "GET", "path": "/", "body": "x".repeat(2 << 20) });
    assert_eq!(ask(&gateway, &large).await.status, 413);
    assert_eq!(gateway.admin.get("/explain").await.status, 405);
    // Where everybody comes in nobody has to say who he is.
    let told = ask(&gateway, &json!({ "method": "GET", "path": "/v1/numbers" }))
        .await
        .json();
    assert_eq!(
        (&told["client"], &told["scope"]),
        (&json!("anonymous"), &json!("read"))
    );
    gateway.stop().await;
}

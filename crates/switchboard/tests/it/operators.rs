//! What operators ask of the main listener: who may, what they learn there, and what an operator of some connections
//! does not learn of the others.

use http::{Method, Request};
use serde_json::{Value, json};

use crate::rig::{
    Answer, Gateway, NUMBER, Script, Upstream, WEBHOOKS, bearer, bland, client, twilio, webhooks_body,
};

const OVERVIEW: &str = "/v1/overview";
const DRIFT: &str = "/v1/drift";
const EXPLAIN: &str = "/v1/explain";

/// Answers with a field that nobody knows, so that there is drift.
async fn start() -> (Gateway, Upstream) {
    let upstream = Upstream::scripted(|_, seen| {
        let body = if seen.line.contains("/sms/") {
            json!({ "data": [{ "phone_number": "+14155552671", "news_of_bland": 1 }], "errors": null })
                .to_string()
        } else {
            webhooks_body(None).replace("\"target\"", "\"news_of_twilio\":1,\"target\"")
        };
        Script::json(200, &body)
    })
    .await;
    let clients = [
        client("operator", &["read", "admin"], &["*"], ""),
        client("reader", &["read", "sensitive", "write"], &["*"], ""),
        client("of-bland", &["read", "admin"], &["bland"], ""),
        client("under-bland", &["read"], &["bland"], ""),
        client("of-twilio", &["read"], &["twilio"], ""),
    ];
    let config = format!(
        "[auth]\nmode = \"required\"\n{}{}{}",
        clients.concat(),
        bland("bland", upstream.address),
        twilio("twilio", upstream.address)
    );
    (Gateway::start(&config).await, upstream)
}

async fn get(gateway: &Gateway, name: &str, path: &str) -> Answer {
    gateway.get_with(path, &[("authorization", &bearer(name))]).await
}

async fn explain(gateway: &Gateway, name: &str, question: &Value) -> Answer {
    let bearer = bearer(name);
    let headers = [("authorization", &*bearer)];
    gateway
        .client
        .json(Method::POST, EXPLAIN, &headers, question)
        .await
}

fn question(path: &str, client: &str) -> Value {
    json!({ "method": "GET", "path": path, "client": client })
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.to_vec()).unwrap()
}

#[tokio::test]
async fn nobody_else_is_told() {
    let (gateway, upstream) = start().await;
    for (name, status, code) in [("reader", 403, "forbidden"), ("nobody", 401, "unauthenticated")] {
        let question = question(NUMBER, "reader");
        for answer in [
            get(&gateway, name, OVERVIEW).await,
            get(&gateway, name, DRIFT).await,
            explain(&gateway, name, &question).await,
        ] {
            assert_eq!((answer.status, &*answer.code()), (status, code), "{name}");
            assert!(status != 403 || answer.json()["detail"].as_str().unwrap().contains("admin"));
        }
    }
    assert_eq!(upstream.count(), 0);
    gateway.stop().await;
}

#[tokio::test]
async fn drift_is_that_of_the_admin_listener() {
    let (gateway, _upstream) = start().await;
    let none = get(&gateway, "operator", DRIFT).await;
    assert_eq!(
        none.json(),
        json!({ "data": [], "next_cursor": null, "sources": [] })
    );
    for path in [NUMBER, WEBHOOKS] {
        assert_eq!(get(&gateway, "reader", path).await.status, 200);
    }
    let seen = get(&gateway, "operator", DRIFT).await;
    assert_eq!(seen.header("cache-control"), "private, no-store");
    let entries = gateway.admin.get("/drift").await.json()["drift"].clone();
    assert_eq!(seen.json()["data"], entries);
    for news in ["news_of_bland", "news_of_twilio"] {
        assert!(text(&seen).contains(news), "{seen:?}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn an_explanation_is_that_of_the_admin_listener() {
    let (gateway, upstream) = start().await;
    for question in [
        question(NUMBER, "reader"),
        question(WEBHOOKS, "of-twilio"),
        question(WEBHOOKS, "under-bland"),
        question("/v1/numbers", "operator"),
        json!({ "method": "GET", "path": OVERVIEW, "client": "operator" }),
        json!({ "method": "DELETE", "path": "/v1/numbers/bland:sms:+1/webhook", "client": "reader" }),
        json!({ "method": "G T", "path": 1, "client": "nobody" }),
    ] {
        let here = explain(&gateway, "operator", &question).await;
        let there = gateway.admin.json(Method::POST, "/explain", &[], &question).await;
        assert_eq!(here.status, there.status, "{question}");
        let (mut here, mut there) = (here.json(), there.json());
        for told in [&mut here, &mut there] {
            // Of a refusal of the question itself.
            if told.get("request_id").is_some() {
                told["request_id"] = Value::Null;
                told["instance"] = Value::Null;
            }
        }
        assert_eq!(here, there, "{question}");
    }
    assert_eq!(upstream.count(), 0);
    gateway.stop().await;
}

#[tokio::test]
async fn a_question_is_a_body_like_others() {
    let (gateway, _upstream) = start().await;
    let bearer = bearer("operator");
    let ask = async |headers: &[(&str, &str)], body: &str| {
        let request = Request::post(EXPLAIN)
            .header("host", gateway.client.0.to_string())
            .header("authorization", &bearer);
        let request = headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = gateway
            .client
            .request(request.body(body.to_owned().into()).unwrap())
            .await;
        (answer.status, answer.code())
    };
    let problem = |status: u16, code: &str| (status, code.to_owned());
    let good = question(NUMBER, "reader").to_string();
    let json = ("content-type", "application/json");
    let large = json!({ "method": "GET", "path": "/", "body": "x".repeat(2 << 20) }).to_string();
    assert_eq!(ask(&[], &good).await, problem(415, "unsupported_media_type"));
    assert_eq!(ask(&[json], "{").await, problem(400, "invalid_request"));
    assert_eq!(ask(&[json], "{}").await, problem(422, "invalid_request"));
    assert_eq!(ask(&[json], &large).await, problem(413, "payload_too_large"));
    let elsewhere = ("origin", "https://evil.example");
    assert_eq!(ask(&[json, elsewhere], &good).await, problem(403, "forbidden"));
    let method = gateway.get_with(EXPLAIN, &[("authorization", &bearer)]).await;
    assert_eq!((method.status, method.header("allow")), (405, "POST, OPTIONS"));
    let query = get(&gateway, "operator", "/v1/overview?connection=bland").await;
    assert_eq!((query.status, &*query.code()), (422, "invalid_request"));
    gateway.stop().await;
}

#[tokio::test]
async fn the_explanation_of_an_explanation_ends() {
    let (gateway, _upstream) = start().await;
    let mut asked = question(NUMBER, "reader");
    for _ in 0..100 {
        asked = json!({ "method": "POST", "path": EXPLAIN, "client": "operator", "body": asked });
    }
    let told = explain(&gateway, "operator", &asked).await;
    assert_eq!(told.status, 200, "{told:?}");
    let told = told.json();
    assert_eq!(
        (&told["answered_by"], &told["operation"], &told["problem"]),
        (&json!("gateway"), &json!("explain"), &Value::Null)
    );
    gateway.stop().await;
}

#[tokio::test]
async fn an_operator_of_some_connections_learns_nothing_of_others() {
    let (gateway, _upstream) = start().await;
    for (name, path) in [("reader", NUMBER), ("reader", WEBHOOKS), ("of-twilio", WEBHOOKS)] {
        assert_eq!(get(&gateway, name, path).await.status, 200);
    }
    let told = get(&gateway, "of-bland", OVERVIEW).await;
    assert!(
        !text(&told).contains("twilio") && !text(&told).contains("reader"),
        "{told:?}"
    );
    let told = told.json();
    let names = |list: &Value| {
        let names = list.as_array().unwrap().iter().map(|entry| entry["name"].clone());
        Value::from(names.collect::<Vec<_>>())
    };
    assert_eq!(names(&told["connections"]), json!(["bland"]));
    assert_eq!(names(&told["clients"]), json!(["of-bland", "under-bland"]));
    assert_eq!(told["connections"][0]["calls"]["ok"], 1);

    let drift = get(&gateway, "of-bland", DRIFT).await;
    assert!(
        text(&drift).contains("news_of_bland") && !text(&drift).contains("twilio"),
        "{drift:?}"
    );

    // A client that it may not know is as good as none.
    let (known, unknown) = ("of-twilio", "of-nobody");
    let hidden = explain(&gateway, "of-bland", &question(NUMBER, known)).await;
    let absent = explain(&gateway, "of-bland", &question(NUMBER, unknown)).await;
    assert_eq!((hidden.status, absent.status), (422, 422));
    assert_eq!(hidden.json()["errors"], absent.json()["errors"]);
    assert!(
        !text(&hidden).contains("of-twilio") && text(&hidden).contains("under-bland"),
        "{hidden:?}"
    );
    let told = explain(&gateway, "of-bland", &question("/v1/numbers", "under-bland")).await;
    assert_eq!(told.status, 200);
    assert!(!text(&told).contains("twilio"), "{told:?}");
    gateway.stop().await;
}

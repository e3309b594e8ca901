//! Values by which a client would get into another client's answer, or into a header.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;

use crate::hostile_paths::{EVIL, assert_harmless};
use crate::proxy_request::{gateway, request};
use crate::rig::{
    Gateway, KEY, NUMBER, NUMBER_BODY, Script, Upstream, WEBHOOKS, acme, bearer, bland, client, webhooks_body,
};

#[tokio::test]
async fn nobody_leaves_anything_in_the_cache_for_others() {
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let clients = [
        client("first", &["read", "sensitive"], &["*"], ""),
        client("second", &["read", "sensitive"], &["*"], ""),
    ];
    let config = format!(
        "[auth]\nmode = \"required\"\n{}{}",
        clients.concat(),
        bland("bland", upstream.address)
    );
    let mut plain = None;
    for (method, body, header) in [
        ("GET", "", ("accept", "*/*")),
        ("HEAD", "", ("accept", "*/*")),
        (
            "GET",
            "limit=1",
            ("content-type", "application/x-www-form-urlencoded"),
        ),
        ("GET", "", ("accept-encoding", "gzip")),
        ("GET", "", ("accept", "application/json;q=0.1")),
        ("GET", "", ("accept-language", EVIL)),
        ("GET", "", ("range", "bytes=0-3")),
        ("GET", "", ("if-none-match", "*")),
        ("GET", "", ("origin", "https://evil.example.com")),
        ("GET", "", ("cookie", "evil=1")),
        ("GET", "", ("x-forwarded-host", EVIL)),
        ("GET", "", ("x-forwarded-proto", "evil")),
        ("GET", "", ("x-forwarded-prefix", "/evil")),
        ("GET", "", ("forwarded", "host=evil.example.com;proto=evil")),
        ("GET", "", ("x-original-url", "/evil")),
        ("GET", "", ("x-rewrite-url", "/evil")),
        ("GET", "", ("x-http-method-override", "DELETE")),
        ("GET", "", ("x-request-id", "evil")),
        (
            "GET",
            "",
            (
                "traceparent",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            ),
        ),
    ] {
        let gateway = Gateway::start(&config).await;
        let ask = async |name: &str, method: &str, body: &str, header: (&str, &str)| {
            let request = Request::builder()
                .method(method)
                .uri(NUMBER)
                .header("host", "localhost");
            let request = request
                .header("authorization", bearer(name))
                .header(header.0, header.1);
            gateway
                .client
                .request(request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap())
                .await
        };
        ask("first", method, body, header).await;
        let mut after = ask("second", "GET", "", ("accept", "*/*")).await;
        assert!(
            after.header("cache-status").starts_with("switchboard; hit"),
            "{header:?}: {after:?}"
        );
        for moment in [
            "date",
            "age",
            "cache-status",
            "server-timing",
            "x-request-id",
            "traceparent",
        ] {
            after.headers.remove(moment);
        }
        assert!(!format!("{after:?}").contains("evil"), "{header:?}: {after:?}");
        let plain = plain.get_or_insert_with(|| after.clone());
        assert_eq!(
            (after.status, &after.headers, &after.body),
            (200, &plain.headers, &plain.body),
            "{header:?}"
        );
    }
}

#[tokio::test]
async fn answers_of_one_connection_are_never_anothers() {
    let answer = |label: &str| Script::json(200, &NUMBER_BODY.replace("Help.", label));
    let (one, two) = (
        Upstream::always(answer("One.")).await,
        Upstream::always(answer("Two.")).await,
    );
    let gateway = Gateway::start(&format!(
        "[auth]\nmode = \"required\"\n{}{}{}",
        client("app", &["read", "sensitive"], &["*"], ""),
        bland("one", one.address),
        bland("one-sms", two.address),
    ))
    .await;
    for _ in 0..2 {
        for (name, label) in [("one", "One."), ("one-sms", "Two.")] {
            for path in [
                format!("/v1/numbers/{name}:sms:+14155552671"),
                format!("/v1/numbers/{name}%3Asms:%2B14155552671"),
            ] {
                let answer = gateway
                    .get_with(&path, &[("authorization", &bearer("app"))])
                    .await;
                assert_eq!(answer.json()["agent"]["objective"], label, "{path}");
            }
            let path = format!("/v1/numbers?connection={name}");
            let answer = gateway
                .get_with(&path, &[("authorization", &bearer("app"))])
                .await;
            assert_eq!(answer.json()["data"][0]["agent"]["objective"], label, "{path}");
        }
    }
    // One spelling of an id is as good as another, and found under both.
    assert_eq!((one.count(), two.count()), (2, 2));
}

#[tokio::test]
async fn a_line_break_in_a_value_ends_no_line() {
    let evil = "x\r\nevil: 1\r\n\r\nGET /evil HTTP/1.1";
    // A provider that repeats it wherever it answers.
    let upstream = Upstream::scripted(move |_, _| {
        let body: serde_json::Value = serde_json::from_str(&webhooks_body(None)).unwrap();
        let mut webhook = body["webhooks"][0].clone();
        webhook["sid"] = json!(evil);
        webhook["conversation_sid"] = json!(evil);
        webhook["configuration"]["url"] = json!(evil);
        Script::json(201, &webhook.to_string())
    })
    .await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    let good = json!({
        "target": { "type": "http", "url": "https://hooks.example.com/in", "method": "POST" },
        "events": ["message.created"],
    });
    for pointer in ["/target/url", "/target/method", "/target/type", "/events/0"] {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = json!(evil);
        let answer = gateway.client.json(Method::POST, WEBHOOKS, &[KEY], &body).await;
        assert_harmless(&answer, pointer);
    }
    assert_eq!(upstream.count(), 0);
    // What may hold any text is encoded.
    let path = format!("{WEBHOOKS}?linked=%0d%0aevil:1&%0d%0aevil=1");
    assert_harmless(
        &gateway.client.json(Method::POST, &path, &[KEY], &good).await,
        &path,
    );
    let mut keywords = good.clone();
    keywords["keywords"] = json!([evil]);
    for body in [&good, &keywords] {
        let answer = gateway.client.json(Method::POST, WEBHOOKS, &[KEY], body).await;
        assert!(!format!("{:?}", answer.headers).contains("evil"), "{answer:?}");
        assert_ne!(answer.status, 500, "{answer:?}");
    }
    for seen in upstream.seen() {
        assert_eq!(seen.header("evil"), "", "{seen:?}");
        assert!(seen.line.starts_with("POST /v1/Conversations/CH"), "{seen:?}");
    }
}

#[tokio::test]
async fn a_line_break_in_a_query_is_a_part_of_its_value() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    for path in [
        "/v1/numbers",
        "/v1/conversations",
        "/v1/services",
        "/v1/connections",
    ] {
        for parameter in [
            "connection",
            "service_id",
            "status",
            "user_number",
            "agent_number",
            "created_after",
            "created_before",
            "channel",
            "effective",
            "limit",
            "cursor",
            "include",
            "nonsense",
        ] {
            let path = format!("{path}?{parameter}=x%0d%0aevil:%201");
            let answer = gateway.client.request(request(&gateway, "GET", &path, &[])).await;
            assert!(
                !format!("{:?}", answer.headers).contains("evil"),
                "{path}: {answer:?}"
            );
            assert_ne!(answer.status, 500, "{path}: {answer:?}");
        }
    }
    assert!(upstream.seen().iter().all(|seen| seen.header("evil").is_empty()));
}

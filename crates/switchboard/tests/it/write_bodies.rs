//! Bodies of writes: what is wrong with one is said, and nothing is sent.

use http::Method;
use serde_json::{Value, json};

use crate::rig::{Answer, Gateway, KEY, Script, Upstream, acme};

const LIST: &str = "/v1/conversations/twilio:CH00000000000000000000000000000001/webhooks";
const ONE: &str =
    "/v1/conversations/twilio:CH00000000000000000000000000000001/webhooks/WH00000000000000000000000000000001";

fn hook() -> Value {
    json!({
        "target": { "type": "http", "url": "https://hooks.example.com/in", "method": "POST" },
        "events": ["message.created"],
    })
}

async fn upstream() -> Upstream {
    let webhook = json!({
        "sid": "WH00000000000000000000000000000001",
        "target": "webhook",
        "configuration": { "url": "https://hooks.example.com/in", "method": "post", "filters": ["onMessageAdded"] },
    });
    Upstream::always(Script::json(200, &webhook.to_string())).await
}

async fn patch(gateway: &Gateway, url: &str) -> Answer {
    let body = json!({ "target": { "url": url } });
    gateway.client.json(Method::PATCH, ONE, &[KEY], &body).await
}

#[tokio::test]
async fn a_body_says_what_is_wrong_with_it() {
    let upstream = upstream().await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    let send = async |content_type: &str, body: &str| {
        let request = http::Request::post(LIST)
            .header("host", gateway.client.0.to_string())
            .header(KEY.0, KEY.1)
            .header("content-type", content_type);
        gateway
            .client
            .request(request.body(body.to_owned().into()).unwrap())
            .await
    };
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/merge-patch+json",
        "x",
    ] {
        let answer = send(content_type, &hook().to_string()).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (415, "unsupported_media_type"),
            "{content_type}"
        );
    }
    for body in ["", "{", "[1,", "\u{feff}{}", "{\"events\":[],\"events\":[]}"] {
        let answer = send("application/json", body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "invalid_request"),
            "{body}"
        );
    }
    let faulty = [
        (json!([]), "#"),
        (json!({ "colour": 1 }), "#/colour"),
        (json!({ "id": "WH1" }), "#/id"),
        (json!({ "target": { "url": 7 } }), "#/target/url"),
        (
            json!({ "target": { "type": "http", "url": "http://127.0.0.1/" }, "events": ["message.created"] }),
            "#/target/url",
        ),
        (
            json!({ "target": { "type": "http", "url": "https://a:b@hooks.example.com/" }, "events": ["message.created"] }),
            "#/target/url",
        ),
        (
            json!({ "target": { "type": "http", "url": "https://hooks.example.com/" }, "events": ["*"] }),
            "#/events/0",
        ),
    ];
    for (body, pointer) in faulty {
        let answer = send("application/json; charset=utf-8", &body.to_string()).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "invalid_request"),
            "{body}"
        );
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    assert_eq!(upstream.count(), 0);
    let patched = http::Request::patch(ONE)
        .header("host", gateway.client.0.to_string())
        .header(KEY.0, KEY.1)
        .header("content-type", "application/merge-patch+json")
        .body(r#"{"target":{"url":"https://hooks.example.com/m"}}"#.into());
    assert_eq!(gateway.client.request(patched.unwrap()).await.status, 200);
    gateway.stop().await;
}

#[tokio::test]
async fn callbacks_go_to_listed_hosts_alone() {
    let upstream = upstream().await;
    let config = format!(
        "{}\n[webhooks]\nallowed_hosts = [\"hooks.example.com\"]",
        acme(upstream.address, "")
    );
    let gateway = Gateway::start(&config).await;
    let refused = patch(&gateway, "https://other.example.com/").await;
    assert_eq!((refused.status, upstream.count()), (422, 0));
    assert_eq!(refused.json()["errors"][0]["pointer"], "#/target/url");
    assert_eq!(patch(&gateway, "https://hooks.example.com/x").await.status, 200);
    gateway.stop().await;
}

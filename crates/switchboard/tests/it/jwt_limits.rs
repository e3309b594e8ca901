//! Whose a token is: the client that it belongs to, and the subject that it speaks of.

use http::Method;
use serde_json::{Value, json};

use crate::rig::issuer::{IssuerKey, accepting, claims, jwks};
use crate::rig::{Answer, Gateway, Script, Upstream, bland, client, demo_connections, key_of};

const LIMIT: &str = "rate_limit = { requests = 1, per = \"1h\", burst = 2, by = ";

fn app(name: &str, scopes: &[&str], connections: &[&str], more: &str) -> String {
    format!("[[clients]]\nname = \"{name}\"\nscopes = {scopes:?}\nconnections = {connections:?}\n{more}\n")
}

async fn start(key: &IssuerKey, clients: &str) -> (Gateway, Upstream) {
    let keys = jwks(&[key]);
    let upstream = Upstream::scripted(move |_, seen| {
        let is_source = seen.line.starts_with("GET /keys ");
        Script::json(200, if is_source { &keys } else { "{}" })
    })
    .await;
    let at = format!("http://{}/keys", upstream.address);
    let connections = bland("one", upstream.address) + &bland("two", upstream.address);
    let gateway = Gateway::start(&format!("{}{clients}{connections}", accepting(&at))).await;
    (gateway, upstream)
}

async fn get(gateway: &Gateway, key: &IssuerKey, changes: Value) -> Answer {
    let value = format!("Bearer {}", key.token(&claims(&changes)));
    gateway
        .get_with("/v1/connections", &[("authorization", &value)])
        .await
}

#[tokio::test]
async fn a_limit_by_subject_is_each_subjects_own() {
    let key = IssuerKey::eddsa("ed");
    let clients = [
        app("spa", &["read"], &["*"], &format!("{LIMIT}\"subject\" }}")),
        app("kiosk", &["read"], &["*"], &format!("{LIMIT}\"client\" }}")),
        client("backend", &["read"], &["*"], &format!("{LIMIT}\"subject\" }}")),
    ];
    let (gateway, _upstream) = start(&key, &clients.concat()).await;
    for user in ["a", "b"] {
        for status in [200, 200, 429] {
            // The token may be another one each time; it is the subject that counts.
            let changes = json!({ "azp": "spa", "sub": user, "jti": status });
            assert_eq!(get(&gateway, &key, changes).await.status, status, "{user}");
        }
    }
    let refused = get(&gateway, &key, json!({ "client_id": "spa", "sub": "a" })).await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "rate_limited"));
    assert_eq!(refused.json()["origin"], "gateway");
    for (user, status) in [("a", 200), ("b", 200), ("c", 429)] {
        let changes = json!({ "azp": "kiosk", "sub": user });
        assert_eq!(
            get(&gateway, &key, changes).await.status,
            status,
            "all of this client's together"
        );
    }
    for status in [200, 200, 429] {
        let answer = gateway
            .get_with("/v1/connections", &[("x-api-key", &key_of("backend"))])
            .await;
        assert_eq!(answer.status, status, "keys have no subject");
    }
    // Nobody's client: no limit.
    for _ in 0..5 {
        assert_eq!(
            get(&gateway, &key, json!({ "azp": "stranger" })).await.status,
            200
        );
    }
    let decided = |name: &'static str, decision: &'static str| {
        let gateway = &gateway;
        async move {
            let family = "switchboard_rate_limit_decisions_total";
            gateway.metric(family, &[&format!("\"{name}\""), decision]).await
        }
    };
    assert!((decided("spa", "allowed").await - 4.0).abs() < 0.1);
    assert!((decided("spa", "refused").await - 3.0).abs() < 0.1);
    for (label, count) in [("spa", 7.0), ("kiosk", 3.0), ("other", 5.0)] {
        let label = format!("client=\"{label}\"");
        let counted = gateway.metric("switchboard_http_requests_total", &[&label]).await;
        assert!((counted - count).abs() < 0.1, "{label} {counted}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn a_token_permits_no_more_than_its_client_may_do() {
    let key = IssuerKey::eddsa("ed");
    let clients = app("spa", &["read", "write"], &["one"], "");
    let (gateway, _upstream) = start(&key, &clients).await;
    let proxied = async |application: &str| {
        let changes = json!({ "azp": application, "scope": "read proxy:read" });
        let value = format!("Bearer {}", key.token(&claims(&changes)));
        gateway
            .get_with("/proxy/one/v1/x", &[("authorization", &value)])
            .await
            .status
    };
    assert_eq!((proxied("spa").await, proxied("another").await), (403, 200));
    let names = async |changes: Value| -> Value {
        let listed = get(&gateway, &key, changes).await.json();
        listed["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["name"].clone())
            .collect()
    };
    assert_eq!(names(json!({ "azp": "spa" })).await, json!(["one"]));
    assert_eq!(
        names(json!({ "azp": "spa", "connections": "two" })).await,
        json!([])
    );
    assert_eq!(names(json!({ "azp": "spa2" })).await, json!(["one", "two"]));
    assert_eq!(
        get(&gateway, &key, json!({ "azp": "spa", "scope": "admin" }))
            .await
            .status,
        403
    );
    gateway.stop().await;
}

#[tokio::test]
async fn an_idempotency_key_is_its_subjects_own() {
    let key = IssuerKey::eddsa("ed");
    let source = Upstream::always(Script::json(200, &jwks(&[&key]))).await;
    let at = format!("http://{}/keys", source.address);
    let connections = format!("{}redelivery = true\n", demo_connections());
    let gateway = Gateway::start(&format!("{}{connections}", accepting(&at))).await;
    let path = "/v1/conversations/bland:convo_abc123/webhook-deliveries/220f37fb7642df38/redeliver";
    let post = async |user: &str| {
        let changes = json!({ "sub": user, "scope": "read redeliver", "jti": user });
        let value = format!("Bearer {}", key.token(&claims(&changes)));
        let headers = [("authorization", value.as_str()), ("idempotency-key", "same")];
        let answer = gateway
            .client
            .json(Method::POST, path, &headers, &json!({}))
            .await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.header("idempotency-replayed").to_owned()
    };
    assert_eq!(post("a").await, "");
    assert_eq!(post("a").await, "true");
    assert_eq!(post("b").await, "", "another user's answer is not for this one");
    gateway.stop().await;
}

//! What a token permits: scopes, connections, and views of its own.

use std::sync::Arc;

use http::{Method, Request};
use serde_json::json;
use switchboard::admin;
use switchboard::live::Draining;
use switchboard::metrics::Metrics;
use tower::ServiceExt;

use crate::jwt::{ANYTHING, get, send, start};
use crate::rig::issuer::{IssuerKey, accepting, claims, jwks};
use crate::rig::{Gateway, Script, Upstream, demo_connections, parse};

#[tokio::test]
async fn a_token_permits_what_its_scopes_say() {
    let key = IssuerKey::eddsa("ed");
    let (gateway, _source) = start(&[&key], "").await;
    let delivery = "/v1/conversations/bland:convo_abc123/webhook-deliveries/220f37fb7642df38";
    let needs = [
        ("read", Method::GET, "/v1/numbers".to_owned()),
        ("sensitive", Method::GET, format!("{delivery}?include=raw")),
        (
            "write",
            Method::DELETE,
            "/v1/numbers/bland:sms:+14155552671/webhook".to_owned(),
        ),
        ("redeliver", Method::POST, format!("{delivery}/redeliver")),
        (
            "proxy:read",
            Method::GET,
            "/proxy/bland/v1/sms/numbers".to_owned(),
        ),
        (
            "proxy:write",
            Method::POST,
            "/proxy/bland/v1/sms/numbers".to_owned(),
        ),
    ];
    let all = [
        "read",
        "sensitive",
        "write",
        "redeliver",
        "proxy:read",
        "proxy:write",
        "admin",
    ];
    for (scope, method, path) in needs {
        let others: Vec<_> = all.iter().filter(|other| **other != scope).collect();
        // Nothing but the word itself will do.
        let without = [
            json!(others),
            json!(null),
            json!(""),
            json!({ scope: true }),
            json!(scope.to_uppercase()),
            json!([[scope]]),
        ];
        for scopes in without {
            let token = key.token(&claims(&json!({ "scope": scopes })));
            let answer = send(&gateway, method.clone(), &token, &path).await;
            assert_eq!(answer.status, 403, "{path} {scopes}");
        }
        let text = format!("openid {scope}  read profile");
        for scopes in [json!(text), json!(["openid", 1, "read", scope])] {
            let token = key.token(&claims(&json!({ "scope": scopes })));
            let answer = send(&gateway, method.clone(), &token, &path).await;
            assert!(
                ![401, 403].contains(&answer.status),
                "{path} {scopes}: {answer:?}"
            );
        }
    }
    gateway.stop().await;
}

/// Asked without a socket: a test has no business off loopback.
#[tokio::test]
async fn an_operator_may_come_with_a_token_too() {
    let key = IssuerKey::es256("ec");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    std::fs::write(&file, jwks(&[&key])).unwrap();
    let config = format!(
        "{}[server]\nadmin_listen = \"0.0.0.0:9090\"\n{}",
        accepting(&format!("file:{}", file.display())),
        demo_connections()
    );
    let (nowhere, metrics) = (([127, 0, 0, 1], 1).into(), Metrics::new().unwrap());
    let shared =
        switchboard::gateway::Gateway::new(parse(&config), nowhere, Some(nowhere), metrics, None).unwrap();
    let keys = switchboard::jwks::read(&file).unwrap();
    shared.tokens.as_ref().unwrap().keys().end(Some(keys));
    let stack = admin::stack(&Arc::new(shared), &Draining::default());
    for (scope, status) in [("read write", 403), ("admin", 200)] {
        let token = key.token(&claims(&json!({ "scope": scope })));
        let request = Request::get("/config")
            .header("host", "gateway.internal")
            .header("authorization", format!("Bearer {token}"))
            .body(layers::Body::empty());
        let answer = stack.clone().oneshot(request.unwrap()).await.unwrap();
        assert_eq!(answer.status(), status, "{scope}");
    }
}

#[tokio::test]
async fn a_token_leads_to_the_connections_that_it_names() {
    let key = IssuerKey::eddsa("ed");
    let (gateway, _source) = start(&[&key], "").await;
    for (connections, names) in [
        (json!(["*"]), &["twilio", "bland"][..]),
        (json!("*"), &["twilio", "bland"]),
        (json!("bland twilio"), &["twilio", "bland"]),
        (json!(["bland", "elsewhere", 1]), &["bland"]),
        (json!("elsewhere"), &[]),
        (json!([]), &[]),
        (json!({ "*": true }), &[]),
        (json!(null), &[]),
    ] {
        let token = key.token(&claims(&json!({ "connections": connections })));
        let listed = get(&gateway, &token, ANYTHING).await.json();
        let listed: Vec<_> = listed["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["name"].clone())
            .collect();
        assert_eq!(json!(listed), json!(names), "{connections}");
        for connection in ["twilio", "bland"] {
            let answer = get(&gateway, &token, &format!("/v1/connections/{connection}")).await;
            let expected = if names.contains(&connection) { 200 } else { 403 };
            assert_eq!(answer.status, expected, "{connections} {connection}");
        }
    }
    gateway.stop().await;
}

#[tokio::test]
async fn other_claims_can_have_the_say() {
    let key = IssuerKey::eddsa("ed");
    let source = Upstream::always(Script::json(200, &jwks(&[&key]))).await;
    let names = "scopes_claim = \"scp\"\nconnections_claim = \"https://example.com/connections\"\n";
    let at = format!("http://localhost:{}/keys", source.address.port());
    let gateway = Gateway::start(&format!("{}{names}{}", accepting(&at), demo_connections())).await;
    let token = key.token(&claims(&json!({ "scope": "read admin", "connections": "*" })));
    assert_eq!(get(&gateway, &token, ANYTHING).await.status, 403);
    let changes = json!({ "scp": ["read"], "https://example.com/connections": "bland", "scope": null });
    let answer = get(&gateway, &key.token(&claims(&changes)), ANYTHING).await;
    assert_eq!(answer.json()["data"][0]["name"], "bland");
    gateway.stop().await;
}

#[tokio::test]
async fn users_with_different_scopes_share_no_answer() {
    let key = IssuerKey::eddsa("ed");
    let (gateway, _source) = start(&[&key], "").await;
    let whole = key.token(&claims(&json!({ "sub": "a", "scope": "read sensitive" })));
    let part = key.token(&claims(&json!({ "sub": "b", "scope": "read" })));
    let bland = key.token(&claims(&json!({ "sub": "c", "connections": "bland" })));
    let path = "/v1/conversations/bland:convo_abc123/webhook-deliveries/220f37fb7642df38";
    for (first, second) in [(&whole, &part), (&part, &whole)] {
        gateway.shared.cache.purge(layers::cache::Purge::All).await;
        for token in [first, second, first, second] {
            let answer = get(&gateway, token, path).await;
            let redacted = answer.json()["payload"].is_null();
            assert_eq!(redacted, token == &part, "{:?}", answer.headers);
        }
    }
    for token in [&part, &bland, &part] {
        let sources = get(&gateway, token, "/v1/numbers").await.json()["sources"].clone();
        assert_eq!(
            sources.as_array().unwrap().len(),
            if token == &bland { 1 } else { 2 }
        );
    }
    gateway.stop().await;
}

//! The issuer's keys: changed, gone, late, and what is left of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use crate::rig::issuer::{IssuerKey, accepting, claims, jwks};
use crate::rig::{Answer, Gateway, Script, Upstream, client, demo_connections, key_of, pass};

const LAST_SUCCESS: &str = "switchboard_jwks_last_success_timestamp_seconds";

/// A source of keys that answers as a test says.
struct Source {
    upstream: Upstream,
    script: Arc<Mutex<Script>>,
}

impl Source {
    async fn with(script: Script) -> Self {
        let script = Arc::new(Mutex::new(script));
        let now = Arc::clone(&script);
        let upstream = Upstream::scripted(move |_, _| now.lock().unwrap().clone()).await;
        Self { upstream, script }
    }

    fn answers(&self, script: Script) {
        *self.script.lock().unwrap() = script;
    }

    async fn gateway(&self) -> Gateway {
        let at = format!("http://{}/keys", self.upstream.address);
        let backend = client("backend", &["read"], &["*"], "");
        Gateway::start(&format!("{}{backend}{}", accepting(&at), demo_connections())).await
    }
}

async fn get(gateway: &Gateway, key: &IssuerKey) -> Answer {
    let value = format!("Bearer {}", key.token(&claims(&json!({}))));
    gateway
        .get_with("/v1/connections", &[("authorization", &value)])
        .await
}

async fn check(gateway: &Gateway) -> (u16, String) {
    let answer = gateway.admin.get("/readyz").await;
    let checks = answer.json()["checks"].clone();
    let jwks = checks
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["name"] == "jwks");
    (
        answer.status,
        jwks.unwrap()["status"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_token_names_it() {
    let (old, new) = (IssuerKey::rs256("old"), IssuerKey::es256("new"));
    let source = Source::with(Script::json(200, &jwks(&[&old]))).await;
    let gateway = source.gateway().await;
    assert_eq!(get(&gateway, &old).await.status, 200);
    assert!(gateway.metric(LAST_SUCCESS, &[]).await > 1e9);
    source.answers(Script::json(200, &jwks(&[&new])));
    // Not at once: whoever makes up names of keys cannot have the source asked each time.
    assert_eq!(get(&gateway, &new).await.status, 401);
    assert_eq!(source.upstream.count(), 1);
    pass(Duration::from_secs(10)).await;
    assert_eq!(get(&gateway, &new).await.status, 200);
    assert_eq!(source.upstream.count(), 2);
    assert_eq!(
        get(&gateway, &old).await.status,
        401,
        "a token that was good with a key that is gone"
    );
    gateway.stop().await;
}

#[tokio::test]
async fn keys_are_fetched_again_after_a_while() {
    let (old, new) = (IssuerKey::eddsa("old"), IssuerKey::eddsa("new"));
    let source = Source::with(Script::json(200, &jwks(&[&old]))).await;
    let gateway = source.gateway().await;
    assert_eq!(get(&gateway, &old).await.status, 200);
    source.answers(Script::json(200, &jwks(&[&new, &old])));
    pass(Duration::from_secs(269)).await;
    assert_eq!(get(&gateway, &old).await.status, 200);
    assert_eq!(source.upstream.count(), 1);
    pass(Duration::from_secs(62)).await;
    source.upstream.arrived(2).await;
    gateway.stop().await;
}

#[tokio::test]
async fn many_who_ask_at_once_cause_one_fetch() {
    let (old, new) = (IssuerKey::eddsa("old"), IssuerKey::eddsa("new"));
    let source = Source::with(Script::json(200, &jwks(&[&old]))).await;
    let gateway = source.gateway().await;
    assert_eq!(get(&gateway, &old).await.status, 200);
    source.answers(Script::json(200, &jwks(&[&old, &new])));
    pass(Duration::from_secs(10)).await;
    let all = futures_util::future::join_all((0..50).map(|_| get(&gateway, &new))).await;
    assert!(all.iter().all(|answer| answer.status == 200), "{all:?}");
    assert_eq!(source.upstream.count(), 2);
    gateway.stop().await;
}

#[tokio::test]
async fn while_the_source_fails_the_last_keys_stay() {
    let (key, unknown) = (IssuerKey::eddsa("ed"), IssuerKey::eddsa("unknown"));
    let good = Script::json(200, &jwks(&[&key]));
    let source = Source::with(good.clone()).await;
    let gateway = source.gateway().await;
    assert_eq!(get(&gateway, &key).await.status, 200);
    assert_eq!(check(&gateway).await, (200, "ok".to_owned()));
    let since = gateway.metric(LAST_SUCCESS, &[]).await;
    let elsewhere = Source::with(Script::json(200, &jwks(&[&unknown]))).await;
    let location = format!("http://{}/keys", elsewhere.upstream.address);
    let many: Vec<_> = (0..65).map(|_| key.jwk()).collect();
    for failing in [
        Script::json(500, &jwks(&[&unknown])),
        Script::json(404, "{}"),
        Script::json(206, &jwks(&[&unknown])),
        Script::answer(302, "text/plain", &[("location", &location)], b""),
        Script::json(200, "<html>"),
        Script::json(200, "{\"keys\": {}}"),
        Script::json(200, "{\"keys\": []}"),
        Script::json(
            200,
            &json!({ "keys": [{ "kty": "oct", "k": "c2VjcmV0", "kid": "unknown" }] }).to_string(),
        ),
        Script::json(200, &json!({ "keys": many }).to_string()),
        Script::json(200, &format!("{}{}", jwks(&[&unknown]), " ".repeat(256 << 10))),
        Script::Endless(
            b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{".to_vec(),
            vec![b' '; 4096],
        ),
        Script::Close(Vec::new()),
        Script::Close(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{}".to_vec()),
    ] {
        source.answers(failing.clone());
        pass(Duration::from_secs(10)).await;
        let (asked, status) = (source.upstream.count(), get(&gateway, &unknown).await.status);
        assert_eq!((status, source.upstream.count()), (401, asked + 1), "{failing:?}");
        assert_eq!(check(&gateway).await, (200, "failed".to_owned()), "{failing:?}");
        assert_eq!(get(&gateway, &key).await.status, 200, "{failing:?}");
    }
    assert_eq!(elsewhere.upstream.count(), 0, "a redirect is not followed");
    assert!((gateway.metric(LAST_SUCCESS, &[]).await - since).abs() < 1e-9);
    source.answers(good);
    pass(Duration::from_secs(10)).await;
    assert_eq!(get(&gateway, &unknown).await.status, 401);
    assert_eq!(check(&gateway).await, (200, "ok".to_owned()));
    gateway.stop().await;
}

#[tokio::test]
async fn a_slow_source_holds_nobody_for_long() {
    let (key, unknown) = (IssuerKey::eddsa("ed"), IssuerKey::eddsa("unknown"));
    let source = Source::with(Script::json(200, &jwks(&[&key]))).await;
    let gateway = source.gateway().await;
    assert_eq!(get(&gateway, &key).await.status, 200);
    source.answers(Script::Hang(b"HTTP/1.1 200 OK\r\n".to_vec()));
    pass(Duration::from_secs(10)).await;
    let waiting = get(&gateway, &unknown);
    let meanwhile = async {
        source.upstream.arrived(2).await;
        assert_eq!(
            get(&gateway, &key).await.status,
            200,
            "who has a known key does not wait"
        );
        pass(Duration::from_secs(2)).await;
    };
    let (answer, ()) = tokio::join!(waiting, meanwhile);
    assert_eq!(answer.status, 401);
    // The fetch itself ends too.
    pass(Duration::from_secs(3)).await;
    while check(&gateway).await.1 == "ok" {
        tokio::task::yield_now().await;
    }
    assert_eq!(get(&gateway, &key).await.status, 200);
    gateway.stop().await;
}

#[tokio::test]
async fn without_a_source_keys_of_clients_open_and_tokens_wait_for_it() {
    let key = IssuerKey::eddsa("ed");
    let source = Source::with(Script::Close(Vec::new())).await;
    let gateway = source.gateway().await;
    let backend = gateway
        .get_with("/v1/connections", &[("x-api-key", &key_of("backend"))])
        .await;
    assert_eq!(backend.status, 200);
    assert_eq!(get(&gateway, &key).await.status, 401);
    assert_eq!(check(&gateway).await, (200, "failed".to_owned()));
    assert!(gateway.metric(LAST_SUCCESS, &[]).await.abs() < 0.1);
    source.answers(Script::json(200, &jwks(&[&key])));
    pass(Duration::from_secs(10)).await;
    assert_eq!(get(&gateway, &key).await.status, 200);
    gateway.stop().await;
}

#[tokio::test]
async fn keys_in_a_file_are_read_again() {
    let (old, new) = (IssuerKey::eddsa("old"), IssuerKey::eddsa("new"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    std::fs::write(&file, jwks(&[&old])).unwrap();
    let config = accepting(&format!("file:{}", file.display()));
    let gateway = Gateway::start(&format!("{config}{}", demo_connections())).await;
    assert_eq!(get(&gateway, &old).await.status, 200);
    std::fs::write(&file, "half a fi").unwrap();
    pass(Duration::from_secs(10)).await;
    assert_eq!(get(&gateway, &new).await.status, 401);
    assert_eq!(get(&gateway, &old).await.status, 200);
    assert_eq!(check(&gateway).await, (200, "failed".to_owned()));
    std::fs::write(&file, jwks(&[&new])).unwrap();
    pass(Duration::from_secs(10)).await;
    assert_eq!(get(&gateway, &new).await.status, 200);
    assert_eq!(get(&gateway, &old).await.status, 401);
    gateway.stop().await;
}

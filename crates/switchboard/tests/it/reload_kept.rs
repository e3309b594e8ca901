//! What a reload takes over: nothing that was learnt about clients and providers starts anew because of a change
//! elsewhere.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use serde_json::json;

use crate::rig::issuer::{IssuerKey, accepting, claims, jwks};
use crate::rig::server::Server;
use crate::rig::{Edited, NUMBER, NUMBER_BODY, Script, Upstream, bearer, bland, client, demo_connections};

/// Adds a client, which changes nothing for the others.
fn with_another(toml: &str) -> String {
    client("another", &["read"], &["*"], "") + toml
}

#[tokio::test]
async fn answers_in_the_cache() {
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let config = client("a", &["read"], &["*"], "") + &bland("bland", upstream.address);
    let edited = Edited::start(&config).await;
    assert_eq!(edited.get_as("a", NUMBER).await.status, 200);
    edited.change(&with_another(&config)).await;
    let answer = edited.get_as("a", NUMBER).await;
    assert!(answer.header("cache-status").contains("hit"), "{answer:?}");
    edited
        .change(&format!("[cache]\nttl = {{ numbers = \"59s\" }}\n{config}"))
        .await;
    let answer = edited.get_as("a", NUMBER).await;
    assert!(answer.header("cache-status").contains("fwd"), "{answer:?}");
    assert_eq!(upstream.count(), 2);
}

#[tokio::test]
async fn an_open_circuit_and_the_cool_pool_below_it() {
    let upstream = Upstream::always(Script::json(500, "{}")).await;
    let circuit =
        "circuit = { failure_ratio = 0.5, minimum_requests = 1, window = \"10s\", open = \"1h\" }\n";
    let config = client("a", &["read"], &["*"], "") + &bland("bland", upstream.address) + circuit;
    let edited = Edited::start(&config).await;
    let code = async || edited.get_as("a", NUMBER).await.json()["code"].clone();
    while code().await != "circuit_open" {}
    let asked = upstream.count();
    edited.change(&with_another(&config)).await;
    assert_eq!(code().await, "circuit_open");
    assert_eq!(upstream.count(), asked);
    let open = edited
        .gateway
        .metric("switchboard_circuit_state", &["connection=\"bland\""])
        .await;
    assert!((open - 2.0).abs() < f64::EPSILON);
    // Its own table is another matter.
    edited.change(&config.replace("1h", "2h")).await;
    assert_ne!(code().await, "circuit_open");
}

#[tokio::test]
async fn what_was_counted_of_a_connection_that_is_made_anew() {
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let config = client("a", &["read", "admin"], &["*"], "") + &bland("bland", upstream.address);
    let edited = Edited::start(&config).await;
    let uncached = [("cache-control", "no-cache"), ("authorization", &bearer("a"))];
    let counted = async || {
        edited.gateway.get_with(NUMBER, &uncached).await;
        let overview = edited.get_as("a", "/v1/overview").await.json();
        let connection = &overview["connections"][0];
        (
            connection["calls"]["ok"].clone(),
            connection["duration"]["count"].clone(),
        )
    };
    assert_eq!(counted().await, (json!(1), json!(1)));
    edited.change(&(config.clone() + "max_concurrency = 7\n")).await;
    assert_eq!(counted().await, (json!(2), json!(2)));
}

#[tokio::test]
async fn what_clients_have_used_of_their_limits() {
    let limit = "rate_limit = { requests = 1, per = \"1h\", burst = 2 }";
    let config = client("a", &["read"], &["*"], limit) + demo_connections();
    let edited = Edited::start(&config).await;
    let status = async || edited.get_as("a", "/v1/connections").await.status;
    assert_eq!((status().await, status().await, status().await), (200, 200, 429));
    edited.change(&with_another(&config)).await;
    assert_eq!(
        status().await,
        429,
        "though its place among the clients is another one now"
    );
    edited.change(&config.replace("burst = 2", "burst = 3")).await;
    assert_eq!(status().await, 200, "another limit");
}

#[tokio::test]
async fn the_keys_of_an_issuer() {
    let key = IssuerKey::es256("one");
    let fetched = AtomicUsize::new(0);
    let document = jwks(&[&key]);
    let source = Upstream::scripted(move |_, _| {
        // Gone after the first time.
        match fetched.fetch_add(1, Ordering::Relaxed) {
            0 => Script::json(200, &document),
            _ => Script::json(503, "{}"),
        }
    })
    .await;
    let backend = client("backend", &["read"], &["*"], "");
    let config = accepting(&format!("http://{}/keys", source.address)) + &backend + demo_connections();
    let edited = Edited::start(&config).await;
    let token = format!("Bearer {}", key.token(&claims(&json!({}))));
    let status = async || {
        let answer = edited
            .gateway
            .get_with("/v1/connections", &[("authorization", &token)])
            .await;
        answer.status
    };
    assert_eq!(status().await, 200);
    edited
        .change(&(config.clone() + "[telemetry]\naccess_log = false\n"))
        .await;
    assert_eq!(status().await, 200);
}

#[tokio::test]
async fn the_ends_of_writes_that_may_come_again() {
    let config = client("a", &["read", "write"], &["*"], "") + demo_connections();
    let edited = Edited::start(&config).await;
    let path = "/v1/conversations/twilio:CH00000000000000000000000000000002/webhooks";
    let body = json!({
        "target": { "type": "http", "url": "https://hooks.example.com/in", "method": "POST" },
        "events": ["message.created"],
    });
    let post = async || {
        let headers = [("authorization", &*bearer("a")), ("idempotency-key", "once")];
        edited
            .gateway
            .client
            .json(Method::POST, path, &headers, &body)
            .await
    };
    let first = post().await;
    assert_eq!(first.status, 201);
    edited.change(&with_another(&config)).await;
    let again = post().await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((again.status, again.body), (first.status, first.body));
}

/// Nothing, where replicas share it and the secret that sealed it is another one.
#[tokio::test]
async fn nothing_that_an_old_secret_has_sealed() {
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "the first secret").unwrap();
    let config = format!(
        "[server]\nsecret = \"file:{}\"\n[store]\nredis = \"{}\"\ntimeout = \"30s\"\n[auth]\nmode = \"required\"\n{}{}",
        secret.display(),
        server.url(),
        client("a", &["read"], &["*"], ""),
        bland("bland", upstream.address)
    );
    let edited = Edited::start(&config).await;
    let in_step = async || {
        while !edited.gateway.admin.get("/readyz").await.json()["checks"]
            .as_array()
            .unwrap()
            .iter()
            .all(|check| check["status"] == "ok")
        {
            tokio::task::yield_now().await;
        }
    };
    in_step().await;
    for _ in 0..2 {
        assert_eq!(edited.get_as("a", NUMBER).await.status, 200);
    }
    assert_eq!(upstream.count(), 1);
    fs::write(&secret, "the second secret").unwrap();
    while upstream.count() == 1 {
        assert_eq!(edited.get_as("a", NUMBER).await.status, 200);
    }
    in_step().await;
    assert_eq!(edited.get_as("a", NUMBER).await.status, 200);
    let count = upstream.count();
    assert_eq!(edited.get_as("a", NUMBER).await.status, 200);
    assert_eq!(upstream.count(), count, "what is read from now on is kept again");
}

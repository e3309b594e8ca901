//! A `POST` with a key is carried out once, whichever replicas it and its repetitions reach.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::rig::operator::Operator;
use crate::rig::replicas::{Replica, replicas};
use crate::rig::server::Server;
use crate::rig::webhook::{LIST, ONE, held, hook, native, stateful};
use crate::rig::{Answer, KEY, Script, Upstream, acme};

async fn post(replica: &Replica, key: &str, body: &Value) -> Answer {
    let headers = [KEY, ("idempotency-key", key)];
    replica.client.json(Method::POST, LIST, &headers, body).await
}

async fn two(server: &Server, toml: &str) -> [Replica; 2] {
    replicas(2, &server.url(), toml).await.try_into().ok().unwrap()
}

fn said(answer: &Answer) -> (u16, String) {
    (answer.status, answer.code())
}

#[tokio::test]
async fn the_end_at_one_is_the_end_at_another() {
    let (server, upstream) = (Server::start(), stateful().await);
    let [one, two] = two(&server, &acme(upstream.address, "")).await;
    let first = post(&one, "k", &hook()).await;
    assert_eq!((first.status, first.header("location")), (201, ONE));
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = post(&two, "k", &hook()).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(
        (again.header("location"), again.header("etag")),
        (ONE, first.header("etag"))
    );
    let mut other = hook();
    other["events"] = json!(["message.updated"]);
    assert_eq!(
        said(&post(&two, "k", &other).await),
        (422, "invalid_request".to_owned())
    );
    assert_eq!(upstream.count(), 1);
    // Another key is another request.
    assert_eq!(post(&two, "l", &hook()).await.header("idempotency-replayed"), "");
    assert_eq!(upstream.count(), 2);
}

#[tokio::test]
async fn what_is_under_way_at_one_is_so_at_another() {
    let leave = Arc::new(Semaphore::new(0));
    let upstream = held(&leave).await;
    let server = Server::start();
    let [one, two] = two(&server, &acme(upstream.address, "")).await;
    let body = hook();
    let meanwhile = async {
        upstream.arrived(1).await;
        assert_eq!(said(&post(&two, "k", &body).await), (409, "conflict".to_owned()));
        leave.add_permits(1);
    };
    let (first, ()) = tokio::join!(post(&one, "k", &body), meanwhile);
    assert_eq!(first.status, 201);
    assert_eq!(
        post(&two, "k", &body).await.header("idempotency-replayed"),
        "true"
    );
    assert_eq!(upstream.count(), 1);
}

#[tokio::test]
async fn an_end_in_doubt_is_kept_and_a_refusal_is_not() {
    let server = Server::start();
    let refused = r#"{"code": 20001, "message": "No.", "status": 400}"#;
    let upstream = Upstream::scripted(move |number, _| match number {
        0 => Script::json(500, "{}"),
        1 => Script::json(400, refused),
        _ => Script::json(201, &native("https://hooks.example.com/in")),
    })
    .await;
    let [one, two] = two(&server, &acme(upstream.address, "")).await;
    let doubt = post(&one, "doubt", &hook()).await;
    let again = post(&two, "doubt", &hook()).await;
    assert_eq!(said(&doubt), (502, "provider_unavailable".to_owned()));
    assert_eq!(said(&again), said(&doubt));
    assert_eq!(again.json()["detail"], doubt.json()["detail"]);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(upstream.count(), 1);

    let refused = post(&one, "refused", &hook()).await;
    assert!((400..500).contains(&refused.status), "{refused:?}");
    assert_eq!(post(&two, "refused", &hook()).await.status, 201);
    assert_eq!(upstream.count(), 3);
}

#[tokio::test]
async fn without_the_store_each_is_alone_or_refuses() {
    let (mut server, upstream) = (Server::start(), stateful().await);
    let toml = acme(upstream.address, "");
    let [one, two] = two(&server, &toml).await;
    let strict = replicas(1, &server.url(), &format!("{toml}[store]\non_error = \"deny\"\n")).await;
    server.kill();
    for replica in [&one, &two, &strict[0]] {
        replica.store_is("away").await;
    }
    for replayed in ["", "true"] {
        for replica in [&one, &two] {
            let answer = post(replica, "k", &hook()).await;
            assert_eq!(
                (answer.status, answer.header("idempotency-replayed")),
                (201, replayed)
            );
        }
    }
    assert_eq!(upstream.count(), 2);
    let refused = post(&strict[0], "k", &hook()).await;
    assert_eq!(said(&refused), (503, "overloaded".to_owned()));
    // Before it came to the limit of its connection, which is refused as well.
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("carried out"), "{detail}");
    assert_eq!(upstream.count(), 2);
}

#[tokio::test]
async fn an_end_is_sealed_and_a_forged_one_is_none() {
    let (server, upstream) = (Server::start(), stateful().await);
    let operator = Operator::of(&server);
    let [one, two] = two(&server, &acme(upstream.address, "")).await;
    assert_eq!(post(&one, "a-key-of-mine", &hook()).await.status, 201);
    let keys = operator.until("idempotency", 1).await;
    let all = operator.everything().await;
    let text = String::from_utf8_lossy(&all);
    for secret in ["a-key-of-mine", "hooks.example", "CH000", "tester", "made-up"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let _: i64 = operator.command("HSET", &[&keys[0], b"end", b"forged"]).await;
    let again = post(&two, "a-key-of-mine", &hook()).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, ""));
    assert_eq!(upstream.count(), 2);
}

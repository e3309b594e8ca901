//! What replicas share of the cache: an answer that one has read serves all, and what a write at one has made void is
//! void at all of them.

use std::sync::{Arc, Mutex};

use http::Method;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::rig::operator::Operator;
use crate::rig::replicas::{Replica, replicas};
use crate::rig::server::Server;
use crate::rig::webhook::{ONE, remember, stateful};
use crate::rig::{Answer, DELIVERIES, KEY, NUMBER, NUMBER_BODY, Script, Upstream, acme};

/// Nothing ends by itself while a test looks.
const LASTING: &str = "[cache]\nttl = { conversations = \"1h\", webhooks = \"1h\", deliveries = \"1h\", numbers = \"1h\", not_found = \"1h\" }\n";
/// Everything is too old at once, and serves for errors.
const OLD: &str = "[cache]\nttl = { conversations = \"0s\", webhooks = \"0s\", deliveries = \"0s\", numbers = \"0s\", not_found = \"0s\" }\nstale_while_revalidate = \"0s\"\n";
const NEWS: (&str, &str) = ("cache-control", "no-cache");

async fn ask(replica: &Replica, path: &str) -> Answer {
    replica.client.send(Method::GET, path, &[KEY]).await
}

async fn ask_for_news(replica: &Replica, path: &str) -> Answer {
    replica.client.send(Method::GET, path, &[KEY, NEWS]).await
}

/// The answer, and what the cache says of it.
async fn told(replica: &Replica, path: &str) -> (Answer, String) {
    let answer = ask(replica, path).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let status = answer.header("cache-status");
    // A second may have gone by.
    let status = ["3599", "3598", "3597"]
        .iter()
        .fold(status.to_owned(), |status, ttl| status.replace(ttl, "3600"));
    (answer, status)
}

async fn write(replica: &Replica, url: &str) {
    let body = json!({ "target": { "url": url } });
    let answer = replica.client.json(Method::PATCH, ONE, &[KEY], &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn url(answer: &Answer) -> String {
    answer.json()["target"]["url"].as_str().unwrap().to_owned()
}

/// Whatever others have told it, it knows now: messages and answers of the store come in one order.
async fn hears(replica: &Replica) {
    ask_for_news(replica, NUMBER).await;
}

#[tokio::test]
async fn what_one_has_read_serves_another() {
    let (server, upstream) = (
        Server::start(),
        Upstream::always(Script::json(200, NUMBER_BODY)).await,
    );
    let operator = Operator::of(&server);
    let [one, two, three] = three(&server, &format!("{LASTING}{}", acme(upstream.address, ""))).await;
    let (first, status) = told(&one, NUMBER).await;
    assert_eq!(status, "switchboard; fwd=uri-miss; stored");
    operator.until("cache", 1).await;

    let (second, status) = told(&two, NUMBER).await;
    assert_eq!(status, "switchboard; hit; ttl=3600; detail=store");
    assert_eq!(
        (&first.body, first.header("etag")),
        (&second.body, second.header("etag"))
    );
    assert_ne!(second.header("age"), "");
    assert_eq!(upstream.count(), 1);
    let hits = two
        .admin
        .metric("switchboard_cache_requests_total", &["result=\"hit\""]);
    assert!((hits.await - 1.0).abs() < f64::EPSILON);
    // It is its own from now on.
    assert_eq!(told(&two, NUMBER).await.1, "switchboard; hit; ttl=3600");

    // Who wants news gets news, and the others get it from him.
    assert_eq!(
        ask_for_news(&two, NUMBER).await.header("cache-status"),
        "switchboard; fwd=request; stored"
    );
    let no_store = [KEY, ("cache-control", "no-store")];
    three.client.send(Method::GET, NUMBER, &no_store).await;
    assert_eq!(upstream.count(), 3);
    assert_eq!(
        told(&three, NUMBER).await.1,
        "switchboard; hit; ttl=3600; detail=store"
    );
    assert_eq!(upstream.count(), 3);
}

#[tokio::test]
async fn a_write_at_one_is_seen_at_another() {
    let (server, upstream) = (Server::start(), stateful().await);
    let operator = Operator::of(&server);
    let [one, two, three] = three(&server, &format!("{LASTING}{}", acme(upstream.address, ""))).await;
    told(&one, ONE).await;
    operator.until("cache", 1).await;
    assert_eq!(
        told(&two, ONE).await.1,
        "switchboard; hit; ttl=3600; detail=store"
    );

    write(&one, "https://hooks.example.com/b").await;
    // Not even from the store: nobody has read it since.
    assert_eq!(told(&three, ONE).await.1, "switchboard; fwd=uri-miss; stored");
    hears(&two).await;
    for replica in [&one, &two, &three] {
        assert_eq!(url(&ask(replica, ONE).await), "https://hooks.example.com/b");
    }

    let purged = one.admin.send(Method::POST, "/cache/purge", &[]).await;
    assert_eq!(purged.status, 200);
    hears(&two).await;
    let count = upstream.count();
    assert_eq!(told(&two, ONE).await.1, "switchboard; fwd=uri-miss; stored");
    assert_eq!(upstream.count(), count + 1);
}

#[tokio::test]
async fn what_was_read_before_a_write_is_not_kept_after_it() {
    let (state, leave) = (
        Arc::new(Mutex::new("https://hooks.example.com/a".to_owned())),
        Arc::new(Semaphore::new(0)),
    );
    let held = Arc::clone(&leave);
    let upstream = Upstream::handled(move |number, seen| {
        let answer = remember(&state, &seen);
        let held = (number == 0).then(|| Arc::clone(&held));
        async move {
            if let Some(held) = held {
                held.acquire().await.unwrap().forget();
            }
            answer
        }
    })
    .await;
    let server = Server::start();
    let [one, two, three] = three(&server, &format!("{LASTING}{}", acme(upstream.address, ""))).await;
    let slow = async {
        let answer = ask(&two, ONE).await;
        assert_eq!(url(&answer), "https://hooks.example.com/a");
    };
    let meanwhile = async {
        upstream.arrived(1).await;
        write(&one, "https://hooks.example.com/b").await;
        leave.add_permits(1);
    };
    tokio::join!(slow, meanwhile);
    hears(&two).await;
    for replica in [&two, &three, &one] {
        assert_eq!(url(&ask(replica, ONE).await), "https://hooks.example.com/b");
    }
}

#[tokio::test]
async fn nothing_old_is_served_after_the_store_was_away() {
    let (mut server, upstream) = (Server::start(), stateful().await);
    let [one, two, three] = three(&server, &format!("{LASTING}{}", acme(upstream.address, ""))).await;
    for replica in [&one, &two] {
        told(replica, ONE).await;
    }
    server.kill();
    for replica in [&one, &two, &three] {
        replica.store_is("away").await;
    }
    write(&one, "https://hooks.example.com/b").await;
    assert_eq!(url(&ask(&one, ONE).await), "https://hooks.example.com/b");
    server.restart();
    for replica in [&one, &two, &three] {
        replica.store_is("ok").await;
        assert_eq!(url(&ask(replica, ONE).await), "https://hooks.example.com/b");
    }

    // And it is used again, with what it has now and after it was emptied.
    let operator = Operator::of(&server);
    while operator.keys("cache").await.is_empty() {
        ask_for_news(&one, ONE).await;
    }
    assert_eq!(operator.command::<String>("FLUSHALL", &[]).await, "OK");
    ask_for_news(&two, NUMBER).await;
    ask_for_news(&two, ONE).await;
    operator.until("cache", 1).await;
}

#[tokio::test]
async fn an_answer_of_another_serves_while_the_provider_is_down() {
    let server = Server::start();
    let upstream = Upstream::scripted(|number, _| match number {
        0 => Script::json(200, NUMBER_BODY),
        _ => Script::json(503, "{}"),
    })
    .await;
    let limits = "retries = { max = 0, budget = 1.0 }";
    let [one, two, _] = three(&server, &format!("{OLD}{}", acme(upstream.address, limits))).await;
    let first = ask(&one, NUMBER).await;
    Operator::of(&server).until("cache", 1).await;
    let second = ask(&two, NUMBER).await;
    assert_eq!((second.status, upstream.count()), (200, 2));
    assert!(
        second
            .header("cache-status")
            .ends_with("; detail=provider_unavailable")
    );
    assert_eq!(second.json()["phone_number"], first.json()["phone_number"]);
}

#[tokio::test]
async fn what_lies_in_the_store_tells_nothing() {
    let (server, upstream) = (
        Server::start(),
        Upstream::always(Script::json(200, NUMBER_BODY)).await,
    );
    let operator = Operator::of(&server);
    let [one, ..] = three(&server, &format!("{LASTING}{}", acme(upstream.address, ""))).await;
    let answer = ask(&one, NUMBER).await;
    operator.until("cache", 1).await;
    let all = operator.everything().await;
    let text = String::from_utf8_lossy(&all);
    let secrets = [
        "4155552671",
        "hooks.example",
        "Help.",
        "made-up",
        "bland",
        "2c70e12b",
        answer.header("etag"),
    ];
    for secret in secrets {
        assert!(!text.contains(secret.trim_matches('"')), "{secret}: {text}");
    }
}

#[tokio::test]
async fn nobody_who_can_write_there_puts_words_into_an_answer() {
    let server = Server::start();
    let upstream = Upstream::scripted(|_, seen| {
        if seen.line.contains("number") {
            Script::json(200, NUMBER_BODY)
        } else {
            Script::json(200, r#"{"data": [], "errors": null}"#)
        }
    })
    .await;
    let operator = Operator::of(&server);
    let [one, two, three] = three(&server, &format!("{LASTING}{}", acme(upstream.address, ""))).await;
    let first = ask(&one, NUMBER).await;
    let numbers = operator.until("cache", 1).await;
    assert_eq!(ask(&one, DELIVERIES).await.status, 200);
    let both = operator.until("cache", 2).await;
    let deliveries = both.iter().find(|key| !numbers.contains(key)).unwrap();
    let moved: Vec<u8> = operator.command("HGET", &[deliveries, b"value"]).await;
    for (replica, value) in [(&two, moved), (&three, b"{\"forged\": true}".to_vec())] {
        let count = upstream.count();
        let _: i64 = operator.command("HSET", &[&numbers[0], b"value", &value]).await;
        let (answer, status) = told(replica, NUMBER).await;
        assert_eq!(answer.body, first.body);
        assert_eq!(status, "switchboard; fwd=uri-miss; stored");
        assert_eq!(upstream.count(), count + 1);
        // What it has read itself takes the place of the forgery.
        while operator
            .command::<Vec<u8>>("HGET", &[&numbers[0], b"value"])
            .await
            == value
        {
            tokio::task::yield_now().await;
        }
    }
}

async fn three(server: &Server, toml: &str) -> [Replica; 3] {
    replicas(3, &server.url(), toml).await.try_into().ok().unwrap()
}

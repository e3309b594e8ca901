//! Where a provider cannot answer, its last answer is served, and said to be old; where it will not, never.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::rig::{
    Answer, DELIVERIES, Gateway, KEY, NUMBER, NUMBER_BODY, Script, Upstream, WEBHOOKS, acme, pass,
    webhooks_body,
};

/// Nothing is fresh, and what is stored serves for errors alone.
const CACHE: &str = r#"
    [cache]
    ttl = { conversations = "1s", webhooks = "1s", deliveries = "1s", numbers = "1s", not_found = "1s" }
    stale_while_revalidate = "0s"
    stale_if_error = "10m"
"#;

struct Stage {
    gateway: Gateway,
    upstream: Upstream,
    next: Arc<Mutex<Option<Script>>>,
}

impl Stage {
    /// A gateway whose last answers are six seconds old, and that tries everything once.
    async fn set(paths: &[&str], more: &str) -> Self {
        Self::tried(0, paths, more).await
    }

    async fn tried(retries: u32, paths: &[&str], more: &str) -> Self {
        let next = Arc::new(Mutex::new(None::<Script>));
        let script = Arc::clone(&next);
        let upstream = Upstream::scripted(move |_, seen| {
            let good = || {
                if seen.line.contains("Webhooks") {
                    Script::json(200, &webhooks_body(None))
                } else {
                    Script::json(200, NUMBER_BODY)
                }
            };
            script.lock().unwrap().clone().unwrap_or_else(good)
        })
        .await;
        let limits =
            format!("retries = {{ max = {retries}, budget = 1.0 }}\nattempt_timeout = \"500ms\"\n{more}");
        let gateway = Gateway::start(&format!("{CACHE}{}", acme(upstream.address, &limits))).await;
        for path in paths {
            assert_eq!(gateway.ask(path).await.status, 200);
        }
        pass(Duration::from_secs(6)).await;
        Self {
            gateway,
            upstream,
            next,
        }
    }

    /// The answer while the provider does this.
    async fn answer(&self, path: &str, script: Script) -> Answer {
        *self.next.lock().unwrap() = Some(script);
        self.gateway.ask(path).await
    }
}

/// An answer that was fresh for one second, and was made six ago or a little more.
fn assert_stale(answer: &Answer, detail: &str) {
    assert_eq!(answer.status, 200, "{detail}: {answer:?}");
    let age: u64 = answer.header("age").parse().unwrap();
    assert!(age >= 6, "{age}");
    let status = format!("switchboard; hit; ttl=-{}; detail={detail}", age - 1);
    assert_eq!(answer.header("cache-status"), status);
}

fn throttled(hint: &str) -> Script {
    Script::answer(429, "application/json", &[("retry-after", hint)], b"{}")
}

#[tokio::test]
async fn an_old_answer_is_served_where_the_provider_cannot_answer() {
    for (script, detail) in [
        (Script::json(500, "{}"), "provider_unavailable"),
        (
            Script::answer(502, "text/html", &[], b"<html>"),
            "provider_unavailable",
        ),
        (Script::json(503, "{}"), "provider_unavailable"),
        (Script::Reset(Vec::new()), "provider_unavailable"),
        (Script::Hang(Vec::new()), "provider_timeout"),
        (throttled("2"), "provider_throttled"),
    ] {
        let stage = Stage::set(&[NUMBER, WEBHOOKS], "").await;
        let number = stage.answer(NUMBER, script.clone()).await;
        assert_stale(&number, detail);
        assert_eq!(number.json()["address"], "+14155552671");
        let list = stage.answer(WEBHOOKS, script).await;
        assert_stale(&list, detail);
        let source = &list.json()["sources"][0];
        assert_eq!(
            (&source["status"], &source["problem"]),
            (&"stale".into(), &Value::Null)
        );
        assert_eq!(stage.upstream.count(), 4, "each asked first");
        let counted = stage
            .gateway
            .metric("switchboard_cache_requests_total", &["result=\"stale\""])
            .await;
        assert!((counted - 2.0).abs() < 0.1, "{counted}");
    }
}

#[tokio::test]
async fn an_old_answer_has_a_validator_of_its_own() {
    let stage = Stage::set(&[WEBHOOKS, NUMBER], "").await;
    for (path, changes) in [(WEBHOOKS, true), (NUMBER, false)] {
        *stage.next.lock().unwrap() = None;
        let fresh = stage.gateway.ask(path).await;
        pass(Duration::from_secs(6)).await;
        let old = stage.answer(path, Script::json(500, "{}")).await;
        assert_stale(&old, "provider_unavailable");
        // A list says of its sources that they are old; a resource is the same.
        assert_eq!(old.header("etag") != fresh.header("etag"), changes, "{path}");
        let again = stage
            .gateway
            .get_with(path, &[KEY, ("if-none-match", old.header("etag"))])
            .await;
        assert_eq!(again.status, 304);
    }
}

#[tokio::test]
async fn an_old_answer_is_served_while_the_provider_is_left_alone() {
    let touchy = "circuit = { failure_ratio = 0.1, minimum_requests = 1, window = \"10s\", open = \"1h\" }";
    let stage = Stage::set(&[NUMBER], touchy).await;
    assert_stale(
        &stage.answer(NUMBER, Script::json(500, "{}")).await,
        "provider_unavailable",
    );
    assert_stale(&stage.gateway.ask(NUMBER).await, "circuit_open");
    assert_eq!(stage.upstream.count(), 2, "the second one made no call");
    assert_recovery(&stage, Duration::from_hours(1)).await;

    let stage = Stage::set(&[NUMBER], "max_wait = \"0s\"\nmax_pause = \"1h\"").await;
    assert_stale(&stage.answer(NUMBER, throttled("60")).await, "provider_throttled");
    assert_stale(&stage.gateway.ask(NUMBER).await, "provider_throttled");
    assert_eq!(stage.upstream.count(), 2, "the second one made no call");
    let refused = stage.gateway.ask(DELIVERIES).await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "overloaded"));
    assert_eq!(refused.json()["origin"], "provider");
    assert_recovery(&stage, Duration::from_mins(1)).await;
}

/// The provider can answer again, and is asked after that time.
async fn assert_recovery(stage: &Stage, time: Duration) {
    *stage.next.lock().unwrap() = None;
    pass(time).await;
    let answer = stage.gateway.ask(NUMBER).await;
    assert_eq!(
        (answer.status, answer.header("cache-status")),
        (200, "switchboard; fwd=stale; stored")
    );
    assert_eq!(stage.upstream.count(), 3);
}

#[tokio::test]
async fn an_old_answer_is_served_though_no_turn_is_left_for_a_retry() {
    let limits = "rate_limit = { requests = 1, per = \"1h\", burst = 2 }\nmax_wait = \"0s\"";
    let stage = Stage::tried(2, &[NUMBER], limits).await;
    let answer = stage.answer(NUMBER, Script::json(500, "{}")).await;
    assert_stale(&answer, "provider_unavailable");
    assert_eq!(stage.upstream.count(), 2);
}

#[tokio::test]
async fn an_old_answer_is_never_served_where_the_provider_will_not_answer() {
    for (script, status, code) in [
        (Script::json(401, "{}"), 502, "provider_auth_failed"),
        (Script::json(403, "{}"), 502, "provider_auth_failed"),
        (Script::json(404, "{}"), 404, "not_found"),
    ] {
        let stage = Stage::set(&[NUMBER], "").await;
        let refused = stage.answer(NUMBER, script).await;
        assert_eq!((refused.status, refused.code().as_str()), (status, code));
        pass(Duration::from_secs(2)).await;
        let failed = stage.answer(NUMBER, Script::json(500, "{}")).await;
        assert_eq!(
            (failed.status, failed.code().as_str()),
            (502, "provider_unavailable"),
            "it is gone"
        );
    }
}

#[tokio::test]
async fn an_old_answer_is_not_served_against_the_clients_word_nor_for_ever() {
    let stage = Stage::set(&[NUMBER], "").await;
    *stage.next.lock().unwrap() = Some(Script::json(500, "{}"));
    for word in ["no-cache", "no-store", "max-age=3"] {
        let answer = stage
            .gateway
            .get_with(NUMBER, &[KEY, ("cache-control", word)])
            .await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (502, "provider_unavailable"),
            "{word}"
        );
    }
    assert_stale(&stage.gateway.ask(NUMBER).await, "provider_unavailable");
    pass(Duration::from_mins(10)).await;
    assert_eq!(stage.gateway.ask(NUMBER).await.code(), "provider_unavailable");
}

#[tokio::test]
async fn a_broken_answer_is_no_reason_to_serve_an_old_one() {
    for script in [
        Script::json(200, "<html>"),
        Script::json(400, "{}"),
        Script::json(409, "{}"),
    ] {
        let stage = Stage::set(&[NUMBER], "").await;
        let answer = stage.answer(NUMBER, script).await;
        assert!(answer.status >= 400, "{answer:?}");
        assert_stale(
            &stage.answer(NUMBER, Script::json(500, "{}")).await,
            "provider_unavailable",
        );
    }
}

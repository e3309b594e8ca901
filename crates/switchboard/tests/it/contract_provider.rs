//! The order of the provider stack, as a provider and its clients can see it.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use layers::CallTrace;
use layers::upstream::UpstreamCall;
use model::{Body, Path, Safety, UpstreamRequest};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tower::ServiceExt;

use crate::rig::{DELIVERIES, Gateway, KEY, NUMBER, NUMBER_BODY, Script, Upstream, WEBHOOKS, acme, pass};

const EAGER: &str = "retries = { max = 2, budget = 1.0 }";
/// One failure opens the circuit, for good.
const TOUCHY: &str =
    "circuit = { failure_ratio = 0.1, minimum_requests = 1, window = \"10s\", open = \"1h\" }";
/// Two attempts, and none for a long time after that.
const TWO: &str = "rate_limit = { requests = 1, per = \"1h\", burst = 2 }\nmax_wait = \"0s\"";

/// A gateway before this upstream, both of whose connections have these settings too.
pub(crate) async fn before(upstream: &Upstream, settings: &[&str]) -> Gateway {
    Gateway::start(&acme(upstream.address, &settings.join("\n"))).await
}

/// An upstream that has the number, and fails whatever else it is asked.
async fn with_number_alone() -> Upstream {
    Upstream::scripted(|_, seen| {
        if seen.line.contains("/numbers") {
            Script::json(200, NUMBER_BODY)
        } else {
            Script::json(500, "{}")
        }
    })
    .await
}

#[tokio::test]
async fn every_attempt_consumes_a_token() {
    let upstream = Upstream::always(Script::json(500, "{}")).await;
    let gateway = before(&upstream, &[EAGER, TWO]).await;
    let answer = gateway.ask(NUMBER).await;
    // There is no third attempt, which takes nothing from what the second one was told.
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (502, "provider_unavailable")
    );
    assert_eq!(upstream.count(), 2);
    let answer = gateway.ask(NUMBER).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "overloaded"));
    assert_eq!(
        (&answer.json()["origin"], upstream.count()),
        (&"gateway".into(), 2)
    );
    let decisions = "switchboard_rate_limit_decisions_total";
    let allowed = gateway
        .metric(decisions, &["limiter=\"connection\"", "bland", "allowed"])
        .await;
    let refused = gateway
        .metric(decisions, &["limiter=\"connection\"", "bland", "refused"])
        .await;
    assert!(
        (allowed - 2.0).abs() < 0.1 && (refused - 2.0).abs() < 0.1,
        "{allowed} {refused}"
    );
}

#[tokio::test]
async fn an_open_circuit_ends_retries_and_makes_no_call() {
    let upstream = Upstream::always(Script::json(500, "{}")).await;
    let gateway = before(&upstream, &[EAGER, TOUCHY]).await;
    // The first attempt opens the circuit, so there is no second one; what came of it is told.
    assert_eq!(gateway.ask(NUMBER).await.code(), "provider_unavailable");
    for path in [NUMBER, DELIVERIES] {
        let answer = gateway.ask(path).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "circuit_open"));
        assert_eq!(
            (answer.header("retry-after"), answer.header("proxy-status")),
            ("60", "")
        );
        assert_eq!(upstream.count(), 1);
    }
    // It is one provider's circuit.
    assert_eq!(gateway.ask(WEBHOOKS).await.json()["connection"], "twilio");
    assert_eq!(upstream.count(), 2);
    let states = gateway.metric("switchboard_circuit_state", &[]).await;
    assert!((states - 4.0).abs() < 0.1, "both are open: {states}");
}

#[tokio::test]
async fn one_probe_at_a_time_closes_the_circuit_or_opens_it_again() {
    let upstream = Upstream::scripted(|number, _| match number {
        0 | 1 => Script::json(500, "{}"),
        _ => Script::json(200, NUMBER_BODY),
    })
    .await;
    let gateway = before(&upstream, &[EAGER, TOUCHY]).await;
    for probes in 1..=2 {
        for code in ["provider_unavailable", "circuit_open"] {
            assert_eq!(gateway.ask(NUMBER).await.code(), code);
            assert_eq!(upstream.count(), probes);
        }
        pass(Duration::from_hours(1)).await;
    }
    assert_eq!((gateway.ask(NUMBER).await.status, upstream.count()), (200, 3));
    let state = gateway.metric("switchboard_circuit_state", &["bland"]).await;
    assert!(state.abs() < 0.1, "{state}");
}

#[tokio::test]
async fn a_token_is_not_spent_on_an_open_circuit() {
    let upstream = Upstream::always(Script::json(500, "{}")).await;
    let gateway = before(&upstream, &[EAGER, TOUCHY, TWO]).await;
    for code in [
        "provider_unavailable",
        "circuit_open",
        "circuit_open",
        "circuit_open",
    ] {
        assert_eq!(gateway.ask(NUMBER).await.code(), code);
    }
    let allowed = ["limiter=\"connection\"", "bland", "allowed"];
    let allowed = gateway
        .metric("switchboard_rate_limit_decisions_total", &allowed)
        .await;
    assert!((allowed - 1.0).abs() < 0.1, "{allowed}");
}

#[tokio::test]
async fn a_hit_touches_neither_circuit_nor_limiter() {
    let upstream = with_number_alone().await;
    let gateway = before(&upstream, &[TOUCHY, TWO]).await;
    let first = gateway.ask(NUMBER).await;
    assert_eq!(first.status, 200);
    // This one opens the circuit and takes the last token.
    assert_eq!(gateway.ask(DELIVERIES).await.code(), "provider_unavailable");
    assert_eq!(upstream.count(), 2);
    let calls = async || {
        gateway
            .metric("switchboard_upstream_requests_total", &["bland"])
            .await
    };
    let before = calls().await;
    for _ in 0..5 {
        let hit = gateway.ask(NUMBER).await;
        assert_eq!((hit.status, &hit.body), (200, &first.body));
        let status = hit.header("cache-status");
        assert!(
            status.starts_with("switchboard; hit; ttl=") && !status.contains("detail"),
            "{status}"
        );
    }
    assert!(
        (calls().await - before).abs() < 0.1,
        "not even one that is refused"
    );
    let refresh = gateway
        .get_with(NUMBER, &[KEY, ("cache-control", "no-store")])
        .await;
    assert_eq!((refresh.code().as_str(), upstream.count()), ("circuit_open", 2));
    let waits = gateway
        .metric("switchboard_upstream_queue_seconds_count", &["bland"])
        .await;
    assert!((waits - 2.0).abs() < 0.1, "{waits}");
}

#[tokio::test]
async fn waiting_for_a_turn_is_not_blamed_on_the_provider() {
    let gate = Arc::new(Semaphore::new(0));
    let opened = Arc::clone(&gate);
    let upstream = Upstream::handled(move |_, _| {
        let gate = Arc::clone(&gate);
        async move {
            gate.acquire().await.unwrap().forget();
            Script::json(200, r#"{"data": null, "errors": null}"#)
        }
    })
    .await;
    // The second call waits for its turn for as long as the first attempt may take.
    let limits = [
        "max_concurrency = 1",
        "attempt_timeout = \"500ms\"",
        "retries = { max = 0, budget = 0.0 }",
    ];
    let gateway = before(&upstream, &limits).await;
    let second = async {
        upstream.arrived(1).await;
        let open = async {
            upstream.arrived(2).await;
            opened.add_permits(2);
            std::future::pending().await
        };
        tokio::select! { answer = gateway.ask(DELIVERIES) => answer, never = open => never }
    };
    let (first, second) = tokio::join!(gateway.ask(NUMBER), second);
    assert_eq!((first.status, first.code().as_str()), (504, "provider_timeout"));
    assert_eq!(second.status, 200, "{second:?}");
}

#[tokio::test]
async fn a_truncated_answer_is_a_failed_attempt() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{".to_vec();
    let upstream = Upstream::scripted(move |number, _| match number {
        0 => Script::Close(cut.clone()),
        _ => Script::json(200, NUMBER_BODY),
    })
    .await;
    let gateway = before(&upstream, &[EAGER]).await;
    assert_eq!((gateway.ask(NUMBER).await.status, upstream.count()), (200, 2));
    let attempts = "switchboard_upstream_attempts_total";
    assert!((gateway.metric(attempts, &["reason=\"retry\""]).await - 1.0).abs() < 0.1);
    let calls = gateway
        .metric("switchboard_upstream_requests_total", &["bland"])
        .await;
    assert!(
        (calls - 1.0).abs() < 0.1,
        "one call, whatever its attempts: {calls}"
    );
}

/// A call as an adapter's exchange makes it.
fn call(method: Method, safety: Safety) -> UpstreamCall {
    let request = UpstreamRequest {
        method,
        safety,
        body: Body::Form(vec![("a".into(), "b".to_owned())]),
        ..UpstreamRequest::get(Path::of(["v1", "things"]))
    };
    UpstreamCall {
        request: Arc::new(request),
        operation: "test",
        deadline: Instant::now() + Duration::from_mins(1),
        trace: Arc::new(CallTrace::default()),
        client: 0,
        traced: None,
    }
}

#[tokio::test]
async fn an_unsafe_call_that_may_have_arrived_is_not_sent_again() {
    let silent = Upstream::always(Script::Hang(Vec::new())).await;
    let failing = Upstream::always(Script::json(503, "{}")).await;
    let cut = Upstream::always(Script::Close(Vec::new())).await;
    for (upstream, timed_out) in [(&silent, true), (&failing, false), (&cut, false)] {
        let gateway = before(upstream, &[EAGER, "attempt_timeout = \"500ms\""]).await;
        let stack = &gateway.shared.connections[0].stack;
        for (safety, attempts) in [(Safety::Unsafe, 1), (Safety::Idempotent, 3)] {
            let before = upstream.count();
            let result = stack.clone().oneshot(call(Method::POST, safety)).await;
            assert_eq!(upstream.count() - before, attempts, "{safety:?}");
            let code = result.as_ref().err().map(|error| error.code().as_str());
            assert_eq!(code == Some("provider_timeout"), timed_out, "{code:?}");
        }
    }
}

#[tokio::test]
async fn an_unsafe_call_that_was_not_taken_is_sent_again() {
    // Twilio says that what it throttles it has not processed; Bland does not.
    let upstream = Upstream::always(Script::json(429, "{}")).await;
    let gateway = before(&upstream, &[EAGER]).await;
    for (connection, attempts) in gateway.shared.connections.iter().zip([3, 1]) {
        let before = upstream.count();
        let answer = connection
            .stack
            .clone()
            .oneshot(call(Method::POST, Safety::Unsafe))
            .await
            .unwrap();
        assert_eq!(
            (answer.status, upstream.count() - before),
            (429, attempts),
            "{}",
            connection.name
        );
    }
}

/// A gateway whose requests end after a moment, and whose own limits alone would take longer.
async fn impatient(upstream: &Upstream, more: &str) -> Gateway {
    let rest = acme(upstream.address, more);
    Gateway::start(&format!("[server]\nrequest_timeout = \"600ms\"\n{rest}")).await
}

#[tokio::test]
async fn a_silent_provider_is_given_up_at_the_deadline() {
    let upstream = Upstream::always(Script::Hang(Vec::new())).await;
    let gateway = impatient(&upstream, EAGER).await;
    for headers in [vec![KEY], vec![KEY, ("cache-control", "no-store")]] {
        let before = upstream.count();
        let answer = gateway.get_with(NUMBER, &headers).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (504, "deadline_exceeded")
        );
        assert_eq!(upstream.count() - before, 1);
    }
    gateway.stop().await;
    assert_eq!(upstream.count(), 2, "nothing is sent after the answer");
}

#[tokio::test]
async fn no_retry_goes_beyond_the_deadline() {
    let later = Script::answer(503, "application/json", &[("retry-after", "1")], b"{}");
    let upstream = Upstream::always(later).await;
    let gateway = impatient(&upstream, EAGER).await;
    let answer = gateway.ask(NUMBER).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (502, "provider_unavailable")
    );
    gateway.stop().await;
    assert_eq!(upstream.count(), 1);
}

#[tokio::test]
async fn no_turn_is_waited_for_beyond_the_deadline() {
    let upstream = Upstream::always(Script::Hang(Vec::new())).await;
    let gateway = impatient(
        &upstream,
        "max_concurrency = 1\nmax_wait = \"1h\"\nattempt_timeout = \"1h\"",
    )
    .await;
    let waiting = async {
        upstream.arrived(1).await;
        gateway.ask(DELIVERIES).await
    };
    let (first, second) = tokio::join!(gateway.ask(NUMBER), waiting);
    assert_eq!((first.status, first.code().as_str()), (504, "deadline_exceeded"));
    assert!(second.status == 504 || second.status == 503, "{second:?}");
    assert_eq!(second.json()["origin"], "gateway");
}

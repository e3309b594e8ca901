//! The order of the client stack, as its clients can see it.

use std::sync::Arc;

use http::{Method, Request};
use http_body_util::BodyExt;
use switchboard::api::Call;
use switchboard::front;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::{ServiceExt, service_fn};

use crate::rig::{Answer, Gateway, KEY, NUMBER, NUMBER_BODY, Script, Upstream, acme};

/// A page that may call.
pub(crate) const PAGE: (&str, &str) = ("origin", "https://app.example.com");
/// A page that may not.
pub(crate) const FOREIGN: (&str, &str) = ("origin", "https://evil.example.com");

/// A gateway before an upstream that has the number, and what else is configured.
pub(crate) async fn start(server: &str, client: &str) -> (Gateway, Upstream) {
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let gateway = before(&upstream, server, client).await;
    (gateway, upstream)
}

async fn before(upstream: &Upstream, server: &str, client: &str) -> Gateway {
    let rest = acme(upstream.address, "").replace("scopes =", &format!("{client}\nscopes ="));
    let cors = format!("[cors]\nallowed_origins = [\"{}\"]\n", PAGE.1);
    Gateway::start(&format!("[server]\n{server}\n{cors}{rest}")).await
}

/// A refusal that a page can read, that names its request, and that is counted once.
async fn assert_refusal(gateway: &Gateway, answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code));
    let body = answer.json();
    assert_eq!(body["status"], status);
    assert_eq!(body["type"], format!("/problems/{code}"));
    assert_eq!(body["request_id"], "req-7");
    assert_eq!(answer.header("x-request-id"), "req-7");
    assert_eq!(answer.header("access-control-allow-origin"), PAGE.1);
    assert!(
        answer
            .header("access-control-expose-headers")
            .contains("X-Request-Id")
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let status = format!("status=\"{status}\"");
    assert!(
        (gateway
            .metric("switchboard_http_requests_total", &[&status])
            .await
            - 1.0)
            .abs()
            < 0.1
    );
    let code = format!("code=\"{code}\"");
    assert!((gateway.metric("switchboard_problems_total", &[&code]).await - 1.0).abs() < 0.1);
}

const TRACED: (&str, &str) = ("x-request-id", "req-7");
const LIMIT: &str = "rate_limit = { requests = 1, per = \"1h\", burst = 2 }";

#[tokio::test]
async fn a_refused_credential_consumes_no_quota() {
    let (gateway, _upstream) = start("", LIMIT).await;
    for credential in [
        vec![],
        vec![("x-api-key", "wrong")],
        vec![KEY, ("authorization", "Bearer key")],
    ] {
        for _ in 0..3 {
            let answer = gateway.get_with("/v1/connections", &credential).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"));
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"switchboard\"");
            assert_eq!(answer.header("ratelimit"), "");
        }
    }
    let first = gateway.ask("/v1/connections").await;
    assert_eq!(
        (first.status, first.header("ratelimit")),
        (200, "\"client\";r=1;t=3600")
    );
    assert_eq!(first.header("ratelimit-policy"), "\"client\";q=2;w=7200");
}

#[tokio::test]
async fn a_rate_limited_request_is_named_explained_and_counted() {
    let (gateway, upstream) = start("", LIMIT).await;
    // A hit counts like any other request.
    for _ in 0..2 {
        assert_eq!(gateway.ask(NUMBER).await.status, 200);
    }
    let answer = gateway.get_with(NUMBER, &[KEY, PAGE, TRACED]).await;
    assert_refusal(&gateway, &answer, 429, "rate_limited").await;
    assert_eq!(answer.json()["origin"], "gateway");
    assert_eq!(
        (answer.header("retry-after"), answer.header("ratelimit")),
        ("60", "\"client\";r=0;t=7200")
    );
    assert_eq!(upstream.count(), 1);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_named_explained_and_counted() {
    let (gateway, _upstream) = start("max_body = \"1KiB\"", "").await;
    let host = gateway.client.0;
    // Not a byte of it is waited for, and no credential is looked at.
    let head = "origin: https://app.example.com\r\nx-request-id: req-7\r\ncontent-length: 1025\r\n\r\n";
    let request = format!("POST /v1/connections HTTP/1.1\r\nhost: {host}\r\n{head}");
    let answer = gateway.client.raw(&request).await;
    assert_refusal(&gateway, &answer, 413, "payload_too_large").await;
}

#[tokio::test]
async fn a_request_too_many_is_named_explained_and_counted() {
    let gate = Arc::new(Semaphore::new(0));
    let upstream = held(&gate).await;
    let gateway = before(&upstream, "max_in_flight = 1", "").await;
    let first = gateway.ask(NUMBER);
    let rest = async {
        upstream.arrived(1).await;
        let answer = gateway.get_with("/v1/connections", &[PAGE, TRACED]).await;
        // It has no key, but nothing is spent on finding that out.
        assert_refusal(&gateway, &answer, 503, "overloaded").await;
        assert_eq!(answer.header("retry-after"), "1");
        gate.add_permits(1);
    };
    assert_eq!(tokio::join!(first, rest).0.status, 200);
    assert_eq!(
        gateway.ask("/v1/connections").await.status,
        200,
        "its place is free again"
    );
}

/// An upstream that answers when the semaphore lets it.
async fn held(gate: &Arc<Semaphore>) -> Upstream {
    let gate = Arc::clone(gate);
    Upstream::handled(move |_, _| {
        let gate = Arc::clone(&gate);
        async move {
            gate.acquire().await.unwrap().forget();
            Script::json(200, NUMBER_BODY)
        }
    })
    .await
}

type Answered = model::Result<Arc<layers::Answer>>;

/// The answer of the client stack around something else than the API.
async fn through<F>(gateway: &Gateway, path: &str, api: fn(Call) -> F) -> Answer
where
    F: Future<Output = Answered> + Send + 'static,
{
    let stack = front::around(&gateway.shared, service_fn(api));
    let request = Request::get(path).header("host", gateway.client.0.to_string());
    let request = [KEY, PAGE, TRACED]
        .into_iter()
        .fold(request, |request, (name, value)| request.header(name, value));
    let response = stack
        .oneshot(request.body(layers::Body::empty()).unwrap())
        .await
        .unwrap();
    let (head, body) = response.into_parts();
    Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}

fn explode() -> Answered {
    panic!("TEST_PANIC");
}

#[tokio::test]
async fn a_panic_is_named_explained_and_counted() {
    // One is answered by the request's own task, the other one by that of the fill.
    for path in ["/v1/connections", NUMBER] {
        let (gateway, _upstream) = start("", "").await;
        let answer = through(&gateway, path, |_| async { explode() }).await;
        assert_refusal(&gateway, &answer, 500, "internal").await;
        assert!(!String::from_utf8_lossy(&answer.body).contains("TEST_PANIC"));
    }
}

#[tokio::test]
async fn what_respects_no_deadline_is_ended_at_it() {
    for path in ["/v1/connections", NUMBER] {
        let (gateway, _upstream) = start("request_timeout = \"200ms\"", "").await;
        let answer = through(&gateway, path, |_| std::future::pending()).await;
        assert_refusal(&gateway, &answer, 504, "deadline_exceeded").await;
    }
}

#[tokio::test]
async fn a_preflight_needs_no_key() {
    let (gateway, upstream) = start("", LIMIT).await;
    let preflight = |origin| [origin, ("access-control-request-method", "PATCH")];
    let answer = gateway
        .client
        .send(Method::OPTIONS, NUMBER, &preflight(PAGE))
        .await;
    assert_eq!(
        (answer.status, answer.header("access-control-allow-origin")),
        (204, PAGE.1)
    );
    assert!(answer.header("access-control-allow-methods").contains("PATCH"));
    assert!(
        answer
            .header("access-control-allow-headers")
            .contains("Authorization")
    );
    assert_eq!(answer.header("access-control-max-age"), "600");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    let foreign = gateway
        .client
        .send(Method::OPTIONS, NUMBER, &preflight(FOREIGN))
        .await;
    assert_eq!(
        (foreign.status, foreign.header("access-control-allow-origin")),
        (204, "")
    );
    // Without its question a preflight is none.
    assert_eq!(
        gateway.client.send(Method::OPTIONS, NUMBER, &[PAGE]).await.status,
        401
    );
    assert_eq!(
        gateway.ask("/v1/connections").await.header("ratelimit"),
        "\"client\";r=1;t=3600"
    );
    assert_eq!(upstream.count(), 0);
}

#[tokio::test]
async fn a_page_can_read_errors() {
    let (gateway, _upstream) = start("", "").await;
    for (path, status) in [
        ("/v1/connections", 401),
        ("/nowhere", 404),
        ("/v1/connections/nope", 401),
    ] {
        let answer = gateway.get_with(path, &[PAGE]).await;
        assert_eq!(
            (answer.status, answer.header("access-control-allow-origin")),
            (status, PAGE.1)
        );
        let answer = gateway.get_with(path, &[FOREIGN]).await;
        assert_eq!(
            (answer.status, answer.header("access-control-allow-origin")),
            (status, "")
        );
    }
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let (gateway, upstream) = start("", "").await;
    let first = gateway.ask(NUMBER).await;
    assert_eq!(
        (first.status, first.header("cache-status")),
        (200, "switchboard; fwd=uri-miss; stored")
    );
    let again = gateway
        .get_with(NUMBER, &[KEY, ("if-none-match", first.header("etag"))])
        .await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), first.header("etag"));
    assert!(
        again.header("cache-status").starts_with("switchboard; hit; ttl="),
        "{again:?}"
    );
    let other = gateway
        .get_with(NUMBER, &[KEY, ("if-none-match", "\"other\"")])
        .await;
    assert_eq!((other.status, other.body), (200, first.body));
    assert_eq!(upstream.count(), 1);
}

#[tokio::test]
async fn fifty_equal_requests_make_one_call_also_when_the_first_client_leaves() {
    let gate = Arc::new(Semaphore::new(0));
    let upstream = held(&gate).await;
    let gateway = before(&upstream, "", "").await;
    let client = gateway.client;
    let mut clients = JoinSet::new();
    let first = clients.spawn(async move { client.send(Method::GET, NUMBER, &[KEY]).await });
    upstream.arrived(1).await;
    for _ in 1..50 {
        clients.spawn(async move { client.send(Method::GET, NUMBER, &[KEY]).await });
    }
    gateway
        .until("switchboard_http_requests_in_flight", &[], 50.0)
        .await;
    first.abort();
    gateway
        .until("switchboard_http_requests_in_flight", &[], 49.0)
        .await;
    gate.add_permits(50);
    let mut answers = Vec::new();
    while let Some(answer) = clients.join_next().await {
        answers.extend(answer.ok());
    }
    assert_eq!(answers.len(), 49);
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (200, &answers[0].body));
        assert_eq!(
            answer.header("cache-status"),
            "switchboard; fwd=uri-miss; collapsed"
        );
    }
    assert_eq!(upstream.count(), 1);
    let left = gateway
        .metric("switchboard_http_requests_total", &["status=\"499\""])
        .await;
    assert!((left - 1.0).abs() < 0.1, "{left}");
}

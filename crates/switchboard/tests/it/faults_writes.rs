//! Whatever a provider does, a write is sent once, unless it provably never arrived; its error says whether it
//! may have happened; and what was cached of it is void.

use std::net::TcpListener;

use http::Method;
use serde_json::{Value, json};

use crate::proxy_request::{configuration, request};
use crate::proxy_shape::assert_native;
use crate::rig::{Answer, Gateway, KEY, NUMBER_BODY, Script, Seen, Upstream, Wire, acme, bearer};

const LIST: &str = "/v1/conversations/twilio:CH00000000000000000000000000000001/webhooks";
const ONE: &str =
    "/v1/conversations/twilio:CH00000000000000000000000000000001/webhooks/WH00000000000000000000000000000001";
const NUMBER_HOOK: &str = "/v1/numbers/bland:sms:+14155552671/webhook";
/// Every write is tried again as often as may be.
const EAGER: &str = "attempt_timeout = \"100ms\"\nmax_pause = \"0s\"\nretries = { max = 3, budget = 1.0 }
    circuit = { failure_ratio = 1.0, minimum_requests = 1000000, window = \"10s\", open = \"1s\" }
    rate_limit = { requests = 1000, per = \"1s\", burst = 1000 }\n";
const DOUBT: &str = "It may have been carried out all the same.";

/// What a write fails with, and what the client learns: status, code, and how often it is sent.
struct Fault {
    name: &'static str,
    script: Script,
    status: u16,
    code: &'static str,
    in_doubt: bool,
}

fn faults() -> Vec<Fault> {
    let fault = |name, script, status, code, in_doubt| Fault {
        name,
        script,
        status,
        code,
        in_doubt,
    };
    let head = b"HTTP/1.1 201 OK\r\ncontent-type: application/json\r\ncont".to_vec();
    let cut = b"HTTP/1.1 201 OK\r\ncontent-length: 900\r\n\r\n{\"data\": [".to_vec();
    let elsewhere = [("location", "http://127.0.0.1:1/")];
    let (gone, broken, slow) = (
        "provider_unavailable",
        "provider_protocol_error",
        "provider_timeout",
    );
    vec![
        fault(
            "closed before the head",
            Script::Close(Vec::new()),
            502,
            gone,
            true,
        ),
        fault(
            "reset before the head",
            Script::Reset(Vec::new()),
            502,
            gone,
            true,
        ),
        fault("closed in the head", Script::Close(head.clone()), 502, gone, true),
        fault("reset in the head", Script::Reset(head.clone()), 502, gone, true),
        fault(
            "closed in the body",
            Script::Close(cut.clone()),
            502,
            broken,
            true,
        ),
        fault("reset in the body", Script::Reset(cut.clone()), 502, broken, true),
        fault("silence", Script::Hang(Vec::new()), 504, slow, true),
        fault("slow head", Script::Hang(head), 504, slow, true),
        fault("slow body", Script::Hang(cut), 504, slow, true),
        fault(
            "no HTTP",
            Script::Close(b"SSH-2.0\r\n".to_vec()),
            502,
            broken,
            true,
        ),
        fault("500", Script::json(500, "{}"), 502, gone, true),
        fault(
            "502 with HTML",
            Script::answer(502, "text/html", &[], b"<h1>"),
            502,
            gone,
            true,
        ),
        fault("503", Script::json(503, ""), 502, gone, true),
        fault("no JSON", Script::json(201, "{"), 502, broken, true),
        fault(
            "307",
            Script::answer(307, "text/html", &elsewhere, b""),
            502,
            broken,
            true,
        ),
        fault("401", Script::json(401, "{}"), 502, "provider_auth_failed", false),
        fault("403", Script::json(403, "{}"), 502, "provider_auth_failed", false),
        fault("404", Script::json(404, "{}"), 404, "not_found", false),
        fault("409", Script::json(409, "{}"), 409, "conflict", false),
    ]
}

fn hook() -> Value {
    json!({
        "target": { "type": "http", "url": "https://hooks.example.com/in", "method": "POST" },
        "events": ["message.created"],
    })
}

fn good(seen: &Seen) -> Script {
    if seen.line.contains("/sms/") {
        return Script::json(200, NUMBER_BODY);
    }
    let webhook = json!({
        "sid": "WH00000000000000000000000000000001",
        "account_sid": "AC00000000000000000000000000000001",
        "conversation_sid": "CH00000000000000000000000000000001",
        "target": "webhook",
        "configuration": { "url": "https://hooks.example.com/in", "method": "post", "filters": ["onMessageAdded"] },
        "date_created": "2026-03-24T21:05:50Z",
        "date_updated": "2026-03-24T21:05:50Z",
        "url": "https://conversations.twilio.com/v1/x",
    });
    Script::json(200, &webhook.to_string())
}

/// An upstream that reads well and writes like this.
async fn failing(script: Script) -> Upstream {
    Upstream::scripted(move |_, seen| {
        if seen.line.starts_with("GET") {
            good(seen)
        } else {
            script.clone()
        }
    })
    .await
}

fn writes(upstream: &Upstream) -> usize {
    let seen = upstream.seen();
    seen.iter().filter(|seen| !seen.line.starts_with("GET")).count()
}

/// Each way to write, with something that it may change.
async fn write(gateway: &Gateway, method: &Method, path: &str) -> Answer {
    let body = match *method {
        Method::DELETE => return gateway.client.send(Method::DELETE, path, &[KEY]).await,
        Method::PATCH => json!({ "target": { "url": "https://hooks.example.com/b" } }),
        Method::PUT => json!({ "target": { "type": "http", "url": "https://hooks.example.com/b" } }),
        _ => hook(),
    };
    gateway.client.json(method.clone(), path, &[KEY], &body).await
}

const WRITES: [(Method, &str, &str); 4] = [
    (Method::POST, LIST, ONE),
    (Method::PATCH, ONE, ONE),
    (Method::DELETE, ONE, ONE),
    (Method::PUT, NUMBER_HOOK, NUMBER_HOOK),
];

#[tokio::test]
async fn a_write_that_fails_is_sent_once_and_says_what_is_known() {
    for fault in faults() {
        let upstream = failing(fault.script).await;
        let gateway = Gateway::start(&acme(upstream.address, EAGER)).await;
        for (method, path, affected) in WRITES {
            let name = format!("{} of {method} {path}", fault.name);
            if fault.name == "no JSON" && method == Method::DELETE {
                // Nobody reads what it says then.
                continue;
            }
            gateway.ask(affected).await;
            assert!(
                gateway
                    .ask(affected)
                    .await
                    .header("cache-status")
                    .contains("; hit"),
                "{name}"
            );
            let before = writes(&upstream);
            let answer = write(&gateway, &method, path).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (fault.status, fault.code),
                "{name}: {answer:?}"
            );
            let problem = answer.json();
            assert_eq!(problem["origin"], "provider", "{name}");
            assert_eq!(writes(&upstream) - before, 1, "{name}");
            let detail = problem["detail"].as_str().unwrap();
            assert_eq!(detail.contains(DOUBT), fault.in_doubt, "{name}: {detail}");
            assert_eq!(problem["retryable"], false, "{name}");
            if fault.in_doubt {
                let after = gateway.ask(affected).await;
                assert_eq!(after.status, 200, "{name}: {after:?}");
                assert!(
                    !after.header("cache-status").contains("; hit"),
                    "{name}: {after:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_write_that_was_not_taken_is_sent_again() {
    for hint in [
        &[][..],
        &[("retry-after", "0")],
        &[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")],
    ] {
        let throttled = Script::answer(429, "application/json", hint, b"{}");
        let upstream = failing(throttled).await;
        let gateway = Gateway::start(&acme(upstream.address, EAGER)).await;
        for (path, expected) in [(LIST, 4), (NUMBER_HOOK, 1)] {
            let method = if path == LIST { Method::POST } else { Method::PUT };
            let before = writes(&upstream);
            let answer = write(&gateway, &method, path).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (429, "rate_limited"),
                "{answer:?}"
            );
            assert!(answer.json()["retryable"].as_bool().unwrap());
            assert!(!answer.json()["detail"].as_str().unwrap().contains(DOUBT));
            // Only one of the providers says that it does nothing then.
            assert_eq!(writes(&upstream) - before, expected, "{path}");
        }
    }
}

#[tokio::test]
async fn a_write_that_never_left_leaves_no_doubt() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = port.local_addr().unwrap();
    drop(port);
    let gateway = Gateway::start(&acme(address, EAGER)).await;
    let answer = write(&gateway, &Method::POST, LIST).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (502, "provider_unavailable")
    );
    let problem = answer.json();
    assert!(problem["retryable"].as_bool().unwrap(), "{problem}");
    assert!(!problem["detail"].as_str().unwrap().contains(DOUBT), "{problem}");
    let attempts = gateway
        .metric("switchboard_upstream_attempts_total", &["twilio"])
        .await;
    assert!((attempts - 4.0).abs() < 0.1, "{attempts}");
}

#[tokio::test]
async fn a_write_whose_time_is_over_is_in_doubt_too() {
    let upstream = failing(Script::Hang(Vec::new())).await;
    let patient = EAGER.replace("100ms", "1h");
    let config = format!(
        "[server]\nrequest_timeout = \"300ms\"\n{}",
        acme(upstream.address, &patient)
    );
    let gateway = Gateway::start(&config).await;
    let answer = write(&gateway, &Method::POST, LIST).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (504, "deadline_exceeded")
    );
    let problem = answer.json();
    assert!(problem["detail"].as_str().unwrap().contains(DOUBT), "{problem}");
    assert_eq!((&problem["retryable"], writes(&upstream)), (&false.into(), 1));
}

#[tokio::test]
async fn what_passes_through_is_sent_once_and_voids_the_cache() {
    for fault in faults() {
        let upstream = failing(fault.script).await;
        let gateway =
            Gateway::start(&configuration(upstream.address, &EAGER.replace("retries =", "#"))).await;
        let read = async || {
            let answer = gateway
                .client
                .request(request(&gateway, "GET", NUMBER_HOOK, &[]))
                .await;
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.header("cache-status").contains("; hit")
        };
        for method in ["POST", "PUT", "PATCH", "DELETE", "REPORT"] {
            let name = format!("{} of {method}", fault.name);
            read().await;
            assert!(read().await, "{name}");
            let before = writes(&upstream);
            let answer = send(&gateway, method).await;
            assert_eq!(writes(&upstream) - before, 1, "{name}: {answer:?}");
            let Some(answer) = answer else {
                // Its head was on its way already.
                assert!(
                    fault.name.ends_with("in the body") || fault.name == "slow body",
                    "{name}"
                );
                assert!(!read().await, "{name}");
                continue;
            };
            let passes =
                ["500", "502 with HTML", "503", "307", "401", "403", "404", "409"].contains(&fault.name);
            if passes {
                let own = fault.name.split(' ').next().unwrap();
                assert_eq!(answer.status.to_string(), own, "{name}");
                // A refusal has changed nothing; whatever else comes may have.
                assert_eq!(read().await, own.starts_with('4'), "{name}");
            } else if fault.name != "no JSON" {
                assert_native(&answer, "bland", fault.status, fault.code);
                assert!(
                    String::from_utf8_lossy(&answer.body).contains(DOUBT),
                    "{name}: {answer:?}"
                );
                assert!(!read().await, "{name}");
            }
        }
    }
}

/// The answer; none if it was cut off.
async fn send(gateway: &Gateway, method: &str) -> Option<Answer> {
    let mut client = Wire::to(gateway.client.0).await;
    let (host, key) = (gateway.client.0, bearer("app"));
    client
        .send(format!(
            "{method} /proxy/bland/x HTTP/1.1\r\nhost: {host}\r\nauthorization: {key}\r\n\
             connection: close\r\ncontent-length: 2\r\n\r\n{{}}"
        ))
        .await;
    let answer = Answer::of(&client.rest().await);
    let length = answer.header("content-length");
    let is_whole = length.is_empty() || length == answer.body.len().to_string();
    is_whole.then_some(answer)
}

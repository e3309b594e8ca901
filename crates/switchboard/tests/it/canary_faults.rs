//! The canary while the provider fails.

use std::sync::{Arc, Mutex};

use http::{Method, Request};
use serde_json::json;

use crate::canary::{CANARY, Canary, DIGITS, KEY, LINNET, assert_no_credential};
use crate::rig::{Script, Seen, Upstream};

type Failure = fn(&Seen) -> Script;

/// Each failure, and the statuses of what it becomes: of a read, of a write, of a read and a write that pass through.
fn failures() -> Vec<(&'static str, Failure, [u16; 4])> {
    let refused = [502, 502, 401, 401];
    vec![
        ("a credential in a refusal", |seen| repeat(401, seen), refused),
        (
            "a credential in a refusal of access",
            |seen| repeat(403, seen),
            [502, 502, 403, 403],
        ),
        (
            "a credential in a failure",
            |seen| repeat(500, seen),
            [502, 502, 500, 500],
        ),
        ("texts in a failure", |_| texts(500), [502, 502, 500, 500]),
        ("texts in a throttling", |_| texts(429), [429, 429, 429, 429]),
        ("texts that are not there", |_| texts(404), [404, 404, 404, 404]),
        ("texts that will not do", |_| texts(422), [422, 422, 422, 422]),
        ("no JSON", |_| Script::json(200, LINNET), [502, 502, 502, 502]),
        (
            "JSON of another kind",
            |_| Script::json(200, &json!([LINNET, DIGITS]).to_string()),
            [502, 502, 200, 200],
        ),
        (
            "a redirect",
            |_| {
                Script::answer(
                    302,
                    "text/html",
                    &[("location", "http://linnet:caNary@127.0.0.1:1/")],
                    b"",
                )
            },
            [502, 502, 302, 302],
        ),
        ("no answer", |_| Script::Close(Vec::new()), [502, 502, 502, 502]),
        (
            "another protocol",
            |_| Script::Close(b"SSH-2.0 linnet caNary\r\n\r\n".to_vec()),
            [502, 502, 502, 502],
        ),
        (
            "a head that is broken",
            |_| Script::Close(b"HTTP/1.1 200 X\r\nlinnet caNary\r\n\r\n".to_vec()),
            [502, 502, 502, 502],
        ),
        ("silence", |_| Script::Hang(Vec::new()), [504, 504, 504, 504]),
    ]
}

/// What some providers do with a credential that they refuse.
fn repeat(status: u16, seen: &Seen) -> Script {
    let credential = seen.header("authorization");
    let text = format!("{credential} of {LINNET} {DIGITS}");
    Script::json(
        status,
        &json!({ "message": text, "errors": [{ "error": "X", "message": text }] }).to_string(),
    )
}

fn texts(status: u16) -> Script {
    let text = format!("{LINNET} {DIGITS}");
    Script::json(
        status,
        &json!({ "message": text, "code": 20001, "errors": [{ "error": LINNET, "message": text }] })
            .to_string(),
    )
}

/// A read and a write of each face.
fn asks() -> [(Method, String); 4] {
    let number = format!("/v1/numbers/bland:sms:+1{DIGITS}");
    let through = format!("/proxy/twilio/v1/Services/{LINNET}?To={DIGITS}");
    [
        (Method::GET, number.clone()),
        (Method::PUT, format!("{number}/webhook")),
        (Method::GET, through.clone()),
        (Method::POST, through),
    ]
}

#[tokio::test]
async fn whatever_fails() {
    let current: Arc<Mutex<Failure>> = Arc::new(Mutex::new(|_| Script::json(200, "{}")));
    let scripted = Arc::clone(&current);
    let upstream = Upstream::scripted(move |_, seen| (scripted.lock().unwrap())(seen)).await;
    let canary = Canary::start(tempfile::tempdir().unwrap(), "", "", upstream.address);
    let url = format!("https://hooks.example.com/{LINNET}?to={DIGITS}");
    let body = json!({ "target": { "type": "http", "url": url } }).to_string();
    for (name, failure, statuses) in failures() {
        *current.lock().unwrap() = failure;
        for ((method, path), status) in asks().into_iter().zip(statuses) {
            let request = Request::builder()
                .method(method)
                .uri(&path)
                .header("host", canary.api.0.to_string())
                .header("x-api-key", KEY)
                .header("cache-control", "no-cache")
                .header("content-type", "application/json");
            let answer = canary
                .api
                .request(request.body(body.clone().into()).unwrap())
                .await;
            assert_eq!(answer.status, status, "{name}: {path}: {answer:?}");
            if !matches!(answer.status, 200 | 302) {
                assert_no_credential(name, &answer);
            }
        }
    }
    assert!(
        upstream
            .seen()
            .iter()
            .any(|seen| seen.header("authorization").contains(CANARY))
    );
    let told = [
        "provider_protocol_error",
        "provider_timeout",
        "provider_unavailable",
    ]
    .map(|code| format!("code=\"{code}\""));
    canary.end(&told.each_ref().map(String::as_str), &[]).await;
}

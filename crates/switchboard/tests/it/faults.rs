//! Whatever a provider does, its client gets a readable answer that says whose fault it is, and the next
//! request goes through.

use std::io::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use crate::rig::{Answer, Gateway, NUMBER, NUMBER_BODY, Script, Upstream, WEBHOOKS, acme, webhooks_body};

/// Nothing is repeated, kept or held back, so that each answer is that of one attempt.
const BARE: &str = "
    retries = { max = 0, budget = 0.0 }
    circuit = { failure_ratio = 1.0, minimum_requests = 1000000, window = \"10s\", open = \"1s\" }
    rate_limit = { requests = 1000, per = \"1s\", burst = 1000 }
    max_pause = \"0s\"
    max_response = \"64KiB\"
    attempt_timeout = \"500ms\"
";

/// An upstream that does what it is told next.
struct Stage {
    gateway: Gateway,
    upstream: Upstream,
    next: Arc<Mutex<Script>>,
}

impl Stage {
    async fn set() -> Self {
        let next = Arc::new(Mutex::new(good()));
        let script = Arc::clone(&next);
        let upstream = Upstream::scripted(move |_, _| script.lock().unwrap().clone()).await;
        let rest = acme(upstream.address, BARE);
        let gateway = Gateway::start(&format!("[cache]\nmax_bytes = \"0B\"\n{rest}")).await;
        Self {
            gateway,
            upstream,
            next,
        }
    }

    /// The answer to a request while the provider does this.
    async fn answer(&self, path: &str, script: Script) -> Answer {
        *self.next.lock().unwrap() = script;
        self.gateway.ask(path).await
    }

    /// Plays a fault, whose reason in `Proxy-Status` is this, and a good answer after it.
    async fn play(&self, name: &str, script: Script, status: u16, code: &str, reason: &str) {
        let answer = self.answer(NUMBER, script).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{name}: {answer:?}"
        );
        let body = answer.json();
        assert_eq!(
            (&body["origin"], &body["connection"]),
            (&"provider".into(), &"bland".into()),
            "{name}"
        );
        let proxy_status = format!("switchboard; {reason}; next-hop=bland");
        assert_eq!(answer.header("proxy-status"), proxy_status, "{name}");
        let recovered = self.answer(NUMBER, good()).await;
        assert_eq!(recovered.status, 200, "after {name}: {recovered:?}");
    }
}

fn good() -> Script {
    Script::json(200, NUMBER_BODY)
}

#[tokio::test]
async fn a_refusal_keeps_its_meaning_but_for_our_credential() {
    let stage = Stage::set().await;
    let html = Script::answer(502, "text/html", &[], b"<html><h1>502 Bad Gateway</h1></html>");
    for (received, script, status, code) in [
        (400, Script::json(400, "{}"), 422, "invalid_request"),
        (401, Script::json(401, "{}"), 502, "provider_auth_failed"),
        (402, Script::json(402, "{}"), 502, "provider_auth_failed"),
        (403, Script::json(403, "{}"), 502, "provider_auth_failed"),
        (404, Script::json(404, "{}"), 404, "not_found"),
        (405, Script::json(405, "{}"), 502, "provider_protocol_error"),
        (409, Script::json(409, "{}"), 409, "conflict"),
        (422, Script::json(422, "{}"), 422, "invalid_request"),
        (429, Script::json(429, "{}"), 429, "rate_limited"),
        (500, Script::json(500, "{}"), 502, "provider_unavailable"),
        (502, html, 502, "provider_unavailable"),
        (503, Script::json(503, ""), 502, "provider_unavailable"),
    ] {
        let reason = format!("received-status={received}");
        stage.play(&reason, script, status, code, &reason).await;
    }
}

#[tokio::test]
async fn a_refusal_is_shown_as_the_provider_said_it() {
    let stage = Stage::set().await;
    let body = br#"{"code": 20003, "message": "Authenticate\u0007", "more_info": "x", "status": 401}"#;
    let id = [("twilio-request-id", "RQ1")];
    let answer = stage
        .answer(WEBHOOKS, Script::answer(401, "application/json", &id, body))
        .await;
    let problem = answer.json();
    assert_eq!(
        (answer.status, &problem["code"]),
        (502, &"provider_auth_failed".into())
    );
    for (name, value) in [
        ("provider_status", serde_json::json!(401)),
        ("provider_code", "20003".into()),
        ("provider_message", "Authenticate".into()),
        ("provider_request_id", "RQ1".into()),
        ("retryable", false.into()),
        ("connection", "twilio".into()),
    ] {
        assert_eq!(problem[name], value, "{name}");
    }
    // It is not the client's key that is wrong.
    assert_eq!(answer.header("www-authenticate"), "");
}

#[tokio::test]
async fn a_hint_when_to_come_back_is_passed_on() {
    let stage = Stage::set().await;
    let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    for (hint, expected) in [
        (vec![], "1"),
        (vec![("retry-after", "7")], "7"),
        (vec![("retry-after", "0")], "1"),
        (vec![("retry-after", "86400")], "60"),
        (vec![date, ("retry-after", "Sun, 06 Nov 1994 08:49:57 GMT")], "20"),
        (vec![("retry-after", "soon")], "1"),
    ] {
        let answer = stage
            .answer(NUMBER, Script::answer(429, "application/json", &hint, b"{}"))
            .await;
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (429, expected),
            "{hint:?}"
        );
        assert_eq!(answer.json()["retryable"], true);
    }
    assert_eq!(stage.answer(NUMBER, good()).await.status, 200);
}

/// The head of a good answer of this length.
fn head(length: &str, more: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{more}content-length: {length}\r\n\r\n")
        .into()
}

#[tokio::test]
async fn connections_that_break() {
    let stage = Stage::set().await;
    let gone = (502, "provider_unavailable", "error=connection_terminated");
    let cut = (502, "provider_protocol_error", "error=http_response_incomplete");
    let nonsense = (502, "provider_protocol_error", "error=http_protocol_error");
    let slow = (504, "provider_timeout", "error=http_response_timeout");
    let in_head = || b"HTTP/1.1 200 OK\r\ncont".to_vec();
    let in_body = || [head("900", "").as_slice(), b"{\"data\": ["].concat();
    let in_chunk = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"dat\r\n".to_vec();
    for (name, script, (status, code, reason)) in [
        ("closed before the head", Script::Close(Vec::new()), gone),
        ("reset before the head", Script::Reset(Vec::new()), gone),
        ("closed in the head", Script::Close(in_head()), gone),
        ("reset in the head", Script::Reset(in_head()), gone),
        ("closed in the body", Script::Close(in_body()), cut),
        ("reset in the body", Script::Reset(in_body()), cut),
        ("closed in a chunk", Script::Close(in_chunk), cut),
        (
            "no HTTP",
            Script::Close(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()),
            nonsense,
        ),
        (
            "two lengths",
            Script::Bytes(head("2", "content-length: 3\r\n")),
            nonsense,
        ),
        ("no length", Script::Bytes(head("x", "")), nonsense),
        ("silence", Script::Hang(Vec::new()), slow),
        ("slow head", Script::Hang(in_head()), slow),
        ("slow body", Script::Hang(in_body()), slow),
    ] {
        stage.play(name, script, status, code, reason).await;
    }
}

#[tokio::test]
async fn nobody_is_there() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = port.local_addr().unwrap();
    drop(port);
    let gateway = Gateway::start(&acme(address, BARE)).await;
    let answer = gateway.ask(NUMBER).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (502, "provider_unavailable")
    );
    assert_eq!(
        answer.header("proxy-status"),
        "switchboard; error=connection_refused; next-hop=bland"
    );
    assert!(!String::from_utf8_lossy(&answer.body).contains(&address.port().to_string()));
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn bodies_that_are_none() {
    let stage = Stage::set().await;
    let json = |body: &str| Script::json(200, body);
    let deep = format!(
        "{{\"data\": {}{}, \"errors\": null}}",
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    for (name, script) in [
        ("HTML", Script::answer(200, "text/html", &[], b"<html></html>")),
        ("empty", json("")),
        ("no JSON", json("{\"data\": [}")),
        ("two documents", json("{} {}")),
        (
            "repeated key",
            json(r#"{"data": [], "data": [], "errors": null}"#),
        ),
        ("deep", json(&deep)),
        (
            "not UTF-8",
            Script::answer(200, "application/json", &[], b"{\"data\": \"\xff\"}"),
        ),
        ("another shape", json("[]")),
    ] {
        stage
            .play(
                name,
                script,
                502,
                "provider_protocol_error",
                "received-status=200",
            )
            .await;
    }
}

#[tokio::test]
async fn bodies_that_are_too_much() {
    let stage = Stage::set().await;
    let packed = |body: &[u8]| Script::answer(200, "application/json", &[("content-encoding", "gzip")], body);
    let brotli = Script::answer(200, "application/json", &[("content-encoding", "br")], b"{}");
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    let chunk = [b"1000\r\n".as_slice(), &[b' '; 4096], b"\r\n"].concat();
    let (size, coding) = (
        "error=http_response_body_size",
        "error=http_response_content_coding",
    );
    for (name, script, reason) in [
        ("too long", Script::json(200, &" ".repeat(65 * 1024)), size),
        ("endless", Script::Endless(chunked, chunk), size),
        ("bomb", packed(&gzip(&vec![b' '; 1 << 20])), size),
        ("no gzip", packed(b"{}"), coding),
        ("half a gzip", packed(&gzip(b"{}")[..12]), coding),
        ("brotli", brotli, coding),
    ] {
        stage
            .play(name, script, 502, "provider_protocol_error", reason)
            .await;
    }
}

#[tokio::test]
async fn what_is_only_odd_works() {
    let stage = Stage::set().await;
    let body = NUMBER_BODY.as_bytes();
    let Script::Bytes(plain) = good() else {
        unreachable!()
    };
    let early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n";
    let until_closed = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
    for (name, script) in [
        ("another type", Script::answer(200, "text/plain", &[], body)),
        (
            "gzip",
            Script::answer(
                200,
                "application/json",
                &[("content-encoding", "gzip")],
                &gzip(body),
            ),
        ),
        ("early hints", Script::Bytes([early.as_slice(), &plain].concat())),
        (
            "until it closes",
            Script::Close([until_closed.as_slice(), body].concat()),
        ),
    ] {
        let answer = stage.answer(NUMBER, script).await;
        assert_eq!(
            (answer.status, &answer.json()["address"]),
            (200, &"+14155552671".into()),
            "{name}"
        );
        for hop in ["content-encoding", "transfer-encoding"] {
            assert_eq!(answer.header(hop), "", "{name}");
        }
        // Its own, and none of the provider's.
        assert_eq!(answer.headers.get_all("link").iter().count(), 1, "{name}");
        assert!(answer.header("link").ends_with("rel=\"service-desc\""), "{name}");
    }
}

#[tokio::test]
async fn success_that_names_an_error_is_one() {
    let stage = Stage::set().await;
    for (said, status, code) in [
        ("AUTH_FAILURE", 502, "provider_auth_failed"),
        ("CONVERSATION_NOT_FOUND", 404, "not_found"),
        ("SMS_RL_EXCEEDED", 429, "rate_limited"),
        ("INVALID_CHANNEL", 422, "invalid_request"),
        ("INTERNAL_SERVER_ERROR", 502, "provider_unavailable"),
        ("WHO_KNOWS", 502, "provider_protocol_error"),
    ] {
        let body = format!(r#"{{"data": null, "errors": [{{"error": "{said}", "message": "No."}}]}}"#);
        stage
            .play(
                said,
                Script::json(200, &body),
                status,
                code,
                "received-status=200",
            )
            .await;
    }
}

#[tokio::test]
async fn no_answer_leads_to_another_host() {
    let stage = Stage::set().await;
    let other = Upstream::always(good()).await;
    for status in [301, 302, 303, 307, 308] {
        let location = [("location", &*format!("http://{}/v1/sms/numbers", other.address))];
        let script = Script::answer(status, "text/html", &location, b"");
        let reason = format!("received-status={status}");
        stage
            .play(&reason, script, 502, "provider_protocol_error", &reason)
            .await;
    }
    for next in [
        format!("http://{}/v1?Page=1&PageToken=x", other.address),
        "//x".to_owned(),
    ] {
        let before = stage.upstream.count();
        let answer = stage
            .answer(WEBHOOKS, Script::json(200, &webhooks_body(Some(&next))))
            .await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (502, "provider_protocol_error")
        );
        assert_eq!(stage.upstream.count() - before, 1);
    }
    assert_eq!(other.count(), 0);
}

//! While a provider fails, in whatever way, other requests notice nothing, memory stays bounded, and its next
//! good answer is served. To clients of both faces.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::proxy_request::request;
use crate::proxy_shape::assert_native;
use crate::rig::{Answer, Gateway, NUMBER_BODY, Peer, Script, Upstream, Wire, bearer, bland, client};

/// Nothing is repeated or kept, and no failure has consequences.
const BARE: &str = "max_pause = \"0s\"\nattempt_timeout = \"200ms\"\nmax_response = \"64KiB\"
    circuit = { failure_ratio = 1.0, minimum_requests = 1000000, window = \"10s\", open = \"1s\" }
    rate_limit = { requests = 1000, per = \"1s\", burst = 1000 }\n";
/// What sockets and buffers of one connection may hold.
const HELD: usize = 32 << 20;

/// A gateway before these two providers, whose second one is well.
async fn before(failing: &str, well: SocketAddr) -> Gateway {
    let scopes = ["read", "sensitive", "proxy:read", "proxy:write"];
    let sick = bland("sick", well).replace(&format!("http://{well}"), failing);
    Gateway::start(&format!(
        "[cache]\nmax_bytes = \"0B\"\n[auth]\nmode = \"required\"\n{}{sick}{BARE}{}{BARE}",
        client("app", &scopes, &["*"], ""),
        bland("well", well),
    ))
    .await
}

async fn get(gateway: &Gateway, path: &str) -> Answer {
    gateway.get_with(path, &[("authorization", &bearer("app"))]).await
}

const SICK: &str = "/v1/numbers/sick:sms:+14155552671";
const SICK_PROXY: &str = "/proxy/sick/v1/sms/numbers";

/// Those who have nothing to do with it.
async fn assert_others_notice_nothing(gateway: &Gateway, name: &str) {
    for path in [
        "/v1/numbers/well:sms:+14155552671",
        "/proxy/well/x",
        "/v1/connections",
    ] {
        let answer = get(gateway, path).await;
        assert_eq!(answer.status, 200, "{path} during {name}: {answer:?}");
    }
    assert_eq!(gateway.admin.get("/livez").await.status, 200, "{name}");
}

fn good() -> Script {
    Script::json(200, NUMBER_BODY)
}

fn head(fields: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{fields}\r\n").into()
}

/// Status and code.
type Told = (u16, &'static str);
/// What a provider does.
type Fault = (&'static str, Script);

const GONE: Told = (502, "provider_unavailable");
const BROKEN: Told = (502, "provider_protocol_error");
const SLOW: Told = (504, "provider_timeout");

/// What comes to nothing, for both faces in the same way.
fn no_answers() -> Vec<(Told, Fault)> {
    let in_head = || b"HTTP/1.1 200 OK\r\nx".to_vec();
    let endless = Script::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"x: y\r\n".repeat(99));
    let http2 = b"HTTP/2.0 200 OK\r\n\r\n".to_vec();
    vec![
        (GONE, ("closed", Script::Close(Vec::new()))),
        (GONE, ("reset", Script::Reset(Vec::new()))),
        (GONE, ("closed in the head", Script::Close(in_head()))),
        (GONE, ("reset in the head", Script::Reset(in_head()))),
        (SLOW, ("silence", Script::Hang(Vec::new()))),
        (SLOW, ("slow head", Script::Hang(in_head()))),
        (BROKEN, ("endless head", endless)),
        (BROKEN, ("no HTTP", Script::Close(b"SSH-2.0\r\n\r\n".to_vec()))),
        (BROKEN, ("HTTP/2", Script::Close(http2))),
        (
            BROKEN,
            (
                "two lengths",
                framed("content-length: 2\r\ncontent-length: 3\r\n"),
            ),
        ),
        (BROKEN, ("length +2", framed("content-length: +2\r\n"))),
        (BROKEN, ("space in a name", framed("x y: z\r\n"))),
        (BROKEN, ("NUL in a value", framed("x: y\0z\r\n"))),
    ]
}

fn framed(fields: &str) -> Script {
    Script::Close(head(fields))
}

/// Whose head passes through, and whose body is cut off where the provider has cut it.
fn half_answers() -> Vec<(Told, Fault)> {
    let nine = || head("content-length: 9\r\n");
    let chunk = format!("1000\r\n{}\r\n", " ".repeat(4096)).into_bytes();
    let endless = Script::Endless(head("transfer-encoding: chunked\r\n"), chunk);
    vec![
        (BROKEN, ("closed in the body", Script::Close(nine()))),
        (BROKEN, ("reset in the body", Script::Reset(nine()))),
        (SLOW, ("slow body", Script::Hang(nine()))),
        (BROKEN, ("endless body", endless)),
    ]
}

/// What passes through with this status, and only has no neutral meaning, or that of a failure.
fn bad_answers() -> Vec<(u16, Told, Fault)> {
    let latin = Script::answer(200, "application/json", &[], b"{\"a\": \"\xff\"}");
    let html = Script::answer(502, "text/html", &[], b"<h1>");
    vec![
        (200, BROKEN, ("no JSON", Script::json(200, "<html>"))),
        (200, BROKEN, ("not UTF-8", latin)),
        (500, GONE, ("500", Script::json(500, "{}"))),
        (502, GONE, ("502 with HTML", html)),
        (503, GONE, ("503", Script::json(503, "{}"))),
        (429, (429, "rate_limited"), ("429", Script::json(429, "{}"))),
    ]
}

fn head_through(gateway: &Gateway) -> String {
    let (host, key) = (gateway.client.0, bearer("app"));
    format!("GET {SICK_PROXY} HTTP/1.1\r\nhost: {host}\r\nauthorization: {key}\r\nconnection: close\r\n\r\n")
}

/// The answer to a request that passes through; none if it is cut off.
async fn through(gateway: &Gateway) -> Option<Answer> {
    let mut app = Wire::to(gateway.client.0).await;
    app.send(head_through(gateway)).await;
    let mut bytes = Vec::new();
    // Of one without an end a part will do; where the head was cut off too there is none.
    drop(app.socket.take(1 << 20).read_to_end(&mut bytes).await);
    if bytes.is_empty() {
        return None;
    }
    let answer = Answer::of(&bytes);
    let is_whole = match answer.header("content-length") {
        "" => answer.body.ends_with(b"\r\n0\r\n\r\n"),
        length => length == answer.body.len().to_string(),
    };
    is_whole.then_some(answer)
}

#[tokio::test]
async fn every_fault_stays_with_whom_it_concerns_and_ends_with_its_cause() {
    let well = Upstream::always(good()).await;
    let next = Arc::new(Mutex::new(good()));
    let script = Arc::clone(&next);
    let sick = Upstream::scripted(move |_, _| script.lock().unwrap().clone()).await;
    let gateway = before(&format!("http://{}", sick.address), well.address).await;
    let none = no_answers()
        .into_iter()
        .map(|(told, fault)| (fault, told, Some(told)));
    let half = half_answers()
        .into_iter()
        .map(|(told, fault)| (fault, told, None));
    let bad = bad_answers()
        .into_iter()
        .map(|(status, told, fault)| (fault, told, Some((status, ""))));
    for ((name, script), told, passes) in none.chain(half).chain(bad) {
        *next.lock().unwrap() = script;
        let others = assert_others_notice_nothing(&gateway, name);
        let (neutral, passed, ()) = tokio::join!(get(&gateway, SICK), through(&gateway), others);
        assert_eq!(
            (neutral.status, neutral.code().as_str()),
            told,
            "{name}: {neutral:?}"
        );
        assert_eq!(neutral.json()["origin"], "provider", "{name}");
        let status = passed.as_ref().map(|passed| passed.status);
        assert_eq!(status, passes.map(|(status, _)| status), "{name}: {passed:?}");
        if let (Some(answer), Some((status, code))) = (passed, passes)
            && !code.is_empty()
        {
            assert_native(&answer, "sick", status, code);
        }
        *next.lock().unwrap() = good();
        assert_eq!(
            get(&gateway, SICK).await.json()["address"],
            "+14155552671",
            "after {name}"
        );
        let answer = through(&gateway).await.unwrap();
        assert_eq!(
            (answer.status, answer.body),
            (200, NUMBER_BODY.into()),
            "after {name}"
        );
    }
    gateway.until("switchboard_upstream_in_flight", &[], 0.0).await;
}

#[tokio::test]
async fn a_second_answer_that_nobody_asked_for_reaches_nobody() {
    let well = Upstream::always(good()).await;
    for extra in [
        "evil",
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\r\nevil",
    ] {
        let Script::Bytes(plain) = good() else {
            unreachable!()
        };
        let long = Script::Bytes([plain.as_slice(), extra.as_bytes()].concat());
        let sick = Upstream::always(long).await;
        let gateway = before(&format!("http://{}", sick.address), well.address).await;
        for _ in 0..5 {
            assert_eq!(get(&gateway, SICK).await.json()["address"], "+14155552671");
            assert_eq!(get(&gateway, SICK_PROXY).await.body, NUMBER_BODY);
        }
        assert_eq!(sick.count(), 10);
    }
}

#[tokio::test]
async fn headers_of_a_provider_are_passed_as_they_are_or_refused() {
    let well = Upstream::always(good()).await;
    for (fields, expected) in [
        (
            &b"x: y\r\nx: z\r\ncontent-length: 2\r\n"[..],
            Some(&b"x: y\r\nx: z\r\n"[..]),
        ),
        (b"x: \xff\xfe\r\ncontent-length: 2\r\n", Some(b"x: \xff\xfe\r\n")),
        (
            b"content-length: 2\r\ncontent-length: 2\r\n",
            Some(b"content-length: 2\r\n"),
        ),
        (b"x: y\rset-cookie: evil\r\ncontent-length: 2\r\n", None),
        (b"x: y\0\r\ncontent-length: 2\r\n", None),
    ] {
        let answer = [b"HTTP/1.1 200 OK\r\n", fields, b"\r\n{}"].concat();
        let sick = Upstream::always(Script::Bytes(answer)).await;
        let gateway = before(&format!("http://{}", sick.address), well.address).await;
        let mut app = Wire::to(gateway.client.0).await;
        app.send(head_through(&gateway)).await;
        let answer = app.rest().await;
        let has = |text: &[u8]| {
            answer
                .windows(text.len())
                .filter(|window| *window == text)
                .count()
        };
        let shown = String::from_utf8_lossy(&answer);
        match expected {
            Some(lines) => assert_eq!((has(lines), has(b"content-length")), (1, 1), "{shown}"),
            None => assert!(
                answer.starts_with(b"HTTP/1.1 502") && has(b"evil") == 0,
                "{shown}"
            ),
        }
    }
}

#[tokio::test]
async fn a_long_answer_is_not_taken_beyond_its_limit() {
    let well = Upstream::always(good()).await;
    let peer = Peer::new().await;
    let gateway = before(&format!("http://{}", peer.address()), well.address).await;
    for fields in [
        "content-length: 104857600\r\n",
        "transfer-encoding: chunked\r\n",
        "",
    ] {
        let written = AtomicUsize::new(0);
        let provider = async {
            let mut provider = peer.accept().await;
            provider.head().await;
            provider.send(head(fields)).await;
            let chunk = format!("10000\r\n{}\r\n", " ".repeat(65_536));
            while provider.socket.write_all(chunk.as_bytes()).await.is_ok() {
                written.fetch_add(chunk.len(), Ordering::Relaxed);
            }
        };
        let (answer, ()) = tokio::join!(get(&gateway, SICK), provider);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (502, "provider_protocol_error"),
            "{fields}"
        );
        let written = written.into_inner();
        assert!(written < HELD, "{written} bytes were taken of {fields}");
    }
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_is_told_by_what_failed() {
    let well = Upstream::always(good()).await;
    let plain = Peer::new().await;
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = gone.local_addr().unwrap();
    drop(gone);
    let speak_plainly = async {
        loop {
            plain.accept().await.send("HTTP/1.1 400 X\r\n\r\n").await;
        }
    };
    let table = async {
        for (base_url, reason) in [
            ("https://no-such-host.invalid".to_owned(), "dns_error"),
            (format!("http://{refused}"), "connection_refused"),
            (
                format!("https://localhost:{}", plain.address().port()),
                "tls_protocol_error",
            ),
        ] {
            assert_unreachable(&before(&base_url, well.address).await, reason).await;
        }
    };
    tokio::select! { () = table => {}, () = speak_plainly => {} }
}

async fn assert_unreachable(gateway: &Gateway, reason: &str) {
    for _ in 0..2 {
        let (neutral, passed, ()) = tokio::join!(
            get(gateway, SICK),
            gateway.client.request(request(gateway, "GET", SICK_PROXY, &[])),
            assert_others_notice_nothing(gateway, reason)
        );
        assert_eq!(
            (neutral.status, neutral.code().as_str()),
            (502, "provider_unavailable"),
            "{reason}"
        );
        let status = format!("switchboard; error={reason}; next-hop=sick");
        assert_eq!(neutral.header("proxy-status"), status, "{neutral:?}");
        assert_native(&passed, "sick", 502, "provider_unavailable");
        let told = format!("{neutral:?}{passed:?}");
        assert!(
            !told.contains("no-such-host") && !told.contains("localhost"),
            "{told}"
        );
    }
}

//! The pass-through face: what the client gets.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::Method;

use crate::proxy_request::{configuration, gateway, our_basic, request};
use crate::rig::{Gateway, Peer, Script, Upstream, Wire, bearer};

const PATH: &str = "/proxy/bland/v1/x";

/// A gateway that leaves links alone.
async fn plain_twilio(upstream: &Upstream) -> Gateway {
    let config = configuration(upstream.address, "");
    Gateway::start(&config.replace("username =", "rewrite_urls = false\nusername =")).await
}

#[tokio::test]
async fn an_answer_passes_with_the_headers_that_may() {
    let headers = [
        ("connection", "x-hop"),
        ("x-hop", "1"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "close"),
        ("proxy-authenticate", "Basic"),
        ("proxy-authorization", "x"),
        ("te", "x"),
        ("trailer", "x-sum"),
        ("upgrade", "h2c"),
        ("http2-settings", "x"),
        ("set-cookie", "a=b"),
        ("set-cookie", "c=d"),
        ("access-control-allow-origin", "*"),
        ("access-control-expose-headers", "*"),
        ("access-control-anything", "*"),
        ("strict-transport-security", "max-age=1"),
        ("alt-svc", "h3=\":443\""),
        ("clear-site-data", "\"*\""),
        ("x-content-type-options", "sniff"),
        ("content-security-policy", "default-src *"),
        ("etag", "\"theirs\""),
        ("cache-control", "public, max-age=60"),
        ("vary", "accept"),
        ("twilio-request-id", "RQ1"),
        ("x-twice", "one"),
        ("x-twice", "two"),
        ("www-authenticate", "Basic realm=\"provider\""),
    ];
    for status in [200, 404, 500] {
        let upstream = Upstream::always(Script::answer(status, "text/plain", &headers, b"hello")).await;
        let gateway = gateway(upstream.address, "").await;
        let answer = gateway
            .client
            .request(request(
                &gateway,
                "GET",
                PATH,
                &[("origin", "http://localhost:1")],
            ))
            .await;
        assert_eq!((answer.status, &answer.body[..]), (status, &b"hello"[..]));
        let mut names: Vec<_> = answer
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        names.retain(|(name, _)| !["date", "x-request-id", "traceparent", "server-timing"].contains(name));
        names.sort_unstable();
        let mut expected = vec![
            ("cache-control", "public, max-age=60"),
            ("content-length", "5"),
            ("content-security-policy", "sandbox; default-src 'none'"),
            ("content-type", "text/plain"),
            ("etag", "\"theirs\""),
            ("referrer-policy", "no-referrer"),
            ("twilio-request-id", "RQ1"),
            ("vary", "accept"),
            ("www-authenticate", "Basic realm=\"provider\""),
            ("x-content-type-options", "nosniff"),
            ("x-twice", "one"),
            ("x-twice", "two"),
        ];
        // What may hold a credential of ours has stars in it, which are not as long.
        if status != 200 {
            expected.retain(|(name, _)| *name != "content-length");
            names.retain(|(name, _)| *name != "transfer-encoding");
        }
        assert_eq!(names, expected);
        assert!(answer.header("server-timing").starts_with("gateway;dur="));
        assert!(!answer.header("x-request-id").is_empty() && !answer.header("traceparent").is_empty());
    }
}

#[tokio::test]
async fn a_redirect_is_returned_and_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let location = [("location", "https://evil.example/x")];
        let upstream = Upstream::always(Script::answer(status, "text/plain", &location, b"")).await;
        let touchy =
            "circuit = { failure_ratio = 0.1, minimum_requests = 1, window = \"10s\", open = \"1h\" }";
        let gateway = gateway(upstream.address, touchy).await;
        for count in 1..=2 {
            let answer = gateway.client.request(request(&gateway, "GET", PATH, &[])).await;
            assert_eq!(
                (answer.status, answer.header("location")),
                (status, "https://evil.example/x")
            );
            assert_eq!(upstream.count(), count, "and it is no failure");
        }
    }
}

#[tokio::test]
async fn interim_answers_are_swallowed() {
    let interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let upstream = Upstream::always(Script::Bytes(interim.to_vec())).await;
    let gateway = gateway(upstream.address, "").await;
    let mut app = Wire::to(gateway.client.0).await;
    app.send(format!(
        "GET {PATH} HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\n\r\n",
        gateway.client.0,
        bearer("app")
    ))
    .await;
    let head = app.head().await;
    assert!(
        head.starts_with("HTTP/1.1 200 OK") && !head.contains("link"),
        "{head}"
    );
    assert_eq!(app.exactly(2).await, b"ok");
}

#[tokio::test]
async fn answers_without_a_body_keep_the_length_that_they_tell() {
    let heads = [
        (
            "HEAD",
            "HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n",
            "HTTP/1.1 200",
            true,
        ),
        (
            "HEAD",
            "HTTP/1.1 404 X\r\ncontent-length: 1234\r\n\r\n",
            "HTTP/1.1 404",
            true,
        ),
        (
            "GET",
            "HTTP/1.1 304 X\r\ncontent-length: 1234\r\netag: \"x\"\r\n\r\n",
            "HTTP/1.1 304",
            false,
        ),
        ("GET", "HTTP/1.1 204 X\r\n\r\n", "HTTP/1.1 204", false),
        ("DELETE", "HTTP/1.1 204 X\r\n\r\n", "HTTP/1.1 204", false),
    ];
    for (method, script, status, length) in heads {
        let upstream = Upstream::always(Script::Bytes(script.into())).await;
        let gateway = gateway(upstream.address, "").await;
        let mut app = Wire::to(gateway.client.0).await;
        // A second answer on the same connection shows that the first one had no body.
        for _ in 0..2 {
            app.send(format!(
                "{method} {PATH} HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\n\r\n",
                gateway.client.0,
                bearer("app")
            ))
            .await;
            let head = app.head().await;
            assert!(head.starts_with(status), "{method}: {head}");
            assert_eq!(head.contains("content-length: 1234"), length, "{method}: {head}");
            assert!(
                !head.contains("transfer-encoding") && !head.contains("content-length: 0"),
                "{head}"
            );
        }
    }
}

#[tokio::test]
async fn nothing_about_origins_is_answered_here() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    let preflight = [
        ("origin", "http://localhost:5173"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization"),
    ];
    let answer = gateway.client.send(Method::OPTIONS, PATH, &preflight).await;
    assert_eq!((answer.status, upstream.count()), (401, 0));
    assert!(!format!("{answer:?}").contains("access-control"));
    // With a credential it is a request like any other.
    let answer = gateway
        .client
        .request(request(&gateway, "OPTIONS", PATH, &preflight))
        .await;
    assert_eq!((answer.status, upstream.count()), (200, 1));
    assert_eq!(upstream.seen()[0].header("access-control-request-method"), "POST");
    assert!(!format!("{answer:?}").contains("access-control"));
}

#[tokio::test]
async fn a_credential_that_a_refusal_repeats_is_starred() {
    let pair = our_basic().split_off(6);
    let echo = format!("no: {pair}, secret-of-TEST_PASSWORD. secret-of-TEST_PASSWOR secret-of-TEST");
    let starred = "no: ***, ***. secret-of-TEST_PASSWOR secret-of-TEST";
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(echo.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let chunks: Vec<String> = echo.chars().map(|char| format!("1\r\n{char}\r\n")).collect();
    let chunks = chunks.concat();
    let scripts = [
        Script::answer(401, "text/plain", &[], echo.as_bytes()),
        Script::answer(302, "text/plain", &[], echo.as_bytes()),
        Script::answer(401, "text/plain", &[("content-encoding", "gzip")], &gzip),
        Script::Bytes(
            format!("HTTP/1.1 500 X\r\ntransfer-encoding: chunked\r\n\r\n{chunks}0\r\n\r\n").into(),
        ),
        Script::Close(format!("HTTP/1.1 403 X\r\n\r\n{echo}").into()),
    ];
    for script in scripts {
        let upstream = Upstream::always(script.clone()).await;
        let gateway = plain_twilio(&upstream).await;
        let headers = [("accept-encoding", "br, gzip;q=0.5")];
        let answer = gateway
            .client
            .request(request(&gateway, "GET", "/proxy/twilio/x", &headers))
            .await;
        assert_eq!(String::from_utf8_lossy(&answer.body), starred, "{script:?}");
        assert_eq!(answer.header("content-encoding"), "");
        assert_eq!(upstream.seen()[0].header("accept-encoding"), "gzip");
    }
}

#[tokio::test]
async fn only_codings_that_can_be_read_here_are_asked_for() {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    let gateway = gateway(upstream.address, "").await;
    for (asked, sent) in [
        ("gzip, deflate, br, zstd", "gzip"),
        ("GZIP ; q=0.1", "gzip"),
        ("br", "identity"),
        ("gzip;q=0, *", "identity"),
        ("gzip; q=0.000", "identity"),
        ("", "identity"),
    ] {
        let headers = [("accept-encoding", asked)];
        gateway
            .client
            .request(request(&gateway, "GET", PATH, &headers))
            .await;
        assert_eq!(
            upstream.seen().pop().unwrap().header("accept-encoding"),
            sent,
            "{asked}"
        );
    }
    gateway.client.request(request(&gateway, "GET", PATH, &[])).await;
    assert_eq!(upstream.seen().pop().unwrap().header("accept-encoding"), "");
}

#[tokio::test]
async fn a_pooled_connection_that_has_closed_fails_nobody() {
    let peer = Peer::new().await;
    let gateway = gateway(peer.address(), "").await;
    for round in 0..20 {
        let ask = gateway.client.request(request(&gateway, "GET", PATH, &[]));
        let serve = async {
            let mut provider = peer.accept().await;
            provider.head().await;
            provider
                .send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                .await;
        };
        let (answer, ()) = tokio::join!(ask, serve);
        assert_eq!(
            (answer.status, &answer.body[..]),
            (200, &b"ok"[..]),
            "round {round}"
        );
    }
}

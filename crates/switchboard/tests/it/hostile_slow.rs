//! Clients that take their time, or take more than their share: they are ended by what the configuration says,
//! and nobody else notices them.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::AsyncWriteExt;

use crate::proxy_request::configuration;
use crate::proxy_shape::assert_native;
use crate::rig::{Answer, Gateway, Peer, Script, Upstream, Wire, bearer, pass};

/// What sockets and buffers of one connection may hold, in the kernel on both sides and in the gateway.
const HELD: usize = 32 << 20;

async fn stage(server: &str, upstream: &Upstream) -> Gateway {
    let config = configuration(upstream.address, "attempt_timeout = \"1h\"")
        .replace("\"read\"", "\"read\", \"write\"");
    Gateway::start(&format!("[server]\n{server}\n{config}")).await
}

async fn good() -> Upstream {
    Upstream::always(Script::json(200, "{}")).await
}

fn head(gateway: &Gateway, line: &str, fields: &str) -> String {
    let (host, key) = (gateway.client.0, bearer("app"));
    format!("{line} HTTP/1.1\r\nhost: {host}\r\nauthorization: {key}\r\n{fields}\r\n")
}

async fn assert_served(gateway: &Gateway) {
    let key = bearer("app");
    for path in ["/v1/connections", "/proxy/bland/x"] {
        let answer = gateway.get_with(path, &[("authorization", &key)]).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
}

/// Sends a piece for each second that passes, until the gateway ends it; and how many seconds that took.
async fn trickle(client: &mut Wire, piece: &[u8]) -> u32 {
    for second in 0..100_000 {
        let sent = client.socket.write_all(piece).await;
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        let mut byte = [0];
        let peeked = futures_util::future::poll_immediate(client.socket.peek(&mut byte)).await;
        if sent.is_err() || peeked.is_some() {
            return second;
        }
        pass(Duration::from_secs(1)).await;
    }
    panic!("nobody ends it");
}

#[tokio::test]
async fn a_head_that_trickles_is_ended() {
    let upstream = good().await;
    let gateway = stage("header_read_timeout = \"9s\"\nidle_timeout = \"1h\"", &upstream).await;
    for (start, piece) in [
        (String::new(), "G"),
        (String::new(), "\r\n"),
        ("GET /".to_owned(), "x"),
        (head(&gateway, "GET /v1/connections", ""), "x"),
        ("GET /proxy/bland/x HTTP/1.1\r\n".to_owned(), "x: y\r\n"),
        (
            format!("GET /proxy/bland/x HTTP/1.1\r\nhost: {}\r\nx: ", gateway.client.0),
            "y",
        ),
    ] {
        let mut client = Wire::to(gateway.client.0).await;
        client.send(&start).await;
        if start.ends_with("\r\n\r\n") {
            // The second head of a connection.
            let length = client.head().await;
            let (_, length) = length.split_once("content-length: ").unwrap();
            client
                .exactly(length.lines().next().unwrap().parse().unwrap())
                .await;
        }
        let seconds = trickle(&mut client, piece.as_bytes()).await;
        assert!((8..=11).contains(&seconds), "{start:?} {piece:?}: {seconds}");
        assert_eq!(client.rest().await, b"", "{start:?} {piece:?}");
        assert_served(&gateway).await;
    }
}

#[tokio::test]
async fn a_body_that_trickles_is_ended() {
    let peer = Peer::new().await;
    let config =
        configuration(peer.address(), "attempt_timeout = \"5s\"").replace("\"read\"", "\"read\", \"write\"");
    let gateway = Gateway::start(&format!("[server]\nrequest_timeout = \"9s\"\n{config}")).await;
    let webhooks = "/v1/conversations/twilio:CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/webhooks";
    let json = "content-type: application/json\r\n";
    for (framing, piece) in [
        ("content-length: 100000\r\n", " "),
        ("transfer-encoding: chunked\r\n", "1\r\n \r\n"),
    ] {
        // Nothing of it goes anywhere before it is whole.
        let mut client = Wire::to(gateway.client.0).await;
        client
            .send(head(
                &gateway,
                &format!("POST {webhooks}"),
                &format!("{json}{framing}"),
            ))
            .await;
        let seconds = trickle(&mut client, piece.as_bytes()).await;
        assert!((8..=11).contains(&seconds), "{framing}: {seconds}");
        let answer = answer_of(client).await;
        assert_eq!((answer.status, answer.code().as_str()), (408, "invalid_request"));
        // What passes through is ended too, and the provider gets no end of it.
        let mut client = Wire::to(gateway.client.0).await;
        client.send(head(&gateway, "POST /proxy/bland/x", framing)).await;
        let mut provider = peer.accept().await;
        provider.head().await;
        let seconds = trickle(&mut client, piece.as_bytes()).await;
        assert!((8..=11).contains(&seconds), "{framing}: {seconds}");
        assert_native(&answer_of(client).await, "bland", 504, "deadline_exceeded");
        assert!(!provider.rest().await.ends_with(b"0\r\n\r\n"), "{framing}");
    }
}

/// What has been answered until the gateway closes.
async fn answer_of(client: Wire) -> Answer {
    Answer::of(&client.rest().await)
}

#[tokio::test]
async fn a_client_that_does_not_read_is_let_go() {
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(65_536)).into_bytes();
    let torrent = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    let upstream = Upstream::always(Script::Endless(torrent, chunk)).await;
    let gateway = stage("write_timeout = \"9s\"", &upstream).await;
    let mut client = Wire::to(gateway.client.0).await;
    client.send(head(&gateway, "GET /proxy/bland/x", "")).await;
    upstream.arrived(1).await;
    let mut seconds = 0;
    while gateway.metric("switchboard_upstream_in_flight", &["bland"]).await > 0.5 {
        pass(Duration::from_secs(1)).await;
        seconds += 1;
        assert!(seconds < 2_000, "nobody ends it");
    }
    assert!(seconds >= 9, "{seconds}");
}

#[tokio::test]
async fn requests_are_not_read_while_their_answers_are_not() {
    let upstream = good().await;
    let gateway = stage("write_timeout = \"9s\"", &upstream).await;
    let client = Wire::to(gateway.client.0).await;
    let request = head(&gateway, "GET /v1/connections", "").repeat(100);
    let (mut taken, mut stuck) = (0, 0);
    let ended = loop {
        match client.socket.try_write(request.as_bytes()) {
            Ok(count) => {
                taken += count;
                stuck = 0;
                assert!(taken < HELD, "{taken} bytes of requests were taken");
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                stuck += 1;
                assert!(stuck < 10_000, "nobody ends it");
                // Only when it is stuck time counts.
                if stuck > 2_000 {
                    pass(Duration::from_secs(1)).await;
                }
                tokio::task::yield_now().await;
            }
            Err(error) => break error.kind(),
        }
    };
    assert!(
        matches!(ended, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe),
        "{ended}"
    );
    assert_served(&gateway).await;
}

#[tokio::test]
async fn a_flood_of_connections_waits_outside() {
    let upstream = good().await;
    let gateway = stage(
        "max_connections = 3\nidle_timeout = \"9s\"\nheader_read_timeout = \"5s\"",
        &upstream,
    )
    .await;
    let mut flood = Vec::new();
    for start in ["", "GET", "\r\n"] {
        let mut client = Wire::to(gateway.client.0).await;
        client.send(start).await;
        flood.push(client);
    }
    gateway.until("switchboard_http_connections", &[], 3.0).await;
    let mut fourth = Wire::to(gateway.client.0).await;
    fourth
        .send(head(&gateway, "GET /proxy/bland/x", "connection: close\r\n"))
        .await;
    for _ in 0..5 {
        // Whoever operates it can see that.
        assert_eq!(gateway.admin.get("/livez").await.status, 200);
    }
    assert_eq!(upstream.count(), 0, "it has no place");
    pass(Duration::from_secs(9)).await;
    assert_eq!(answer_of(fourth).await.status, 200);
    for client in flood {
        assert_eq!(client.rest().await, b"");
    }
    gateway.until("switchboard_http_connections", &[], 0.0).await;
    // Many more than there are places: each gets its turn.
    let key = bearer("app");
    let headers = [("authorization", key.as_str()), ("connection", "close")];
    let asked = (0..60).map(|_| gateway.get_with("/v1/connections", &headers));
    assert!(
        futures_util::future::join_all(asked)
            .await
            .iter()
            .all(|answer| answer.status == 200)
    );
}

#[tokio::test]
async fn a_body_is_refused_where_it_is_too_large_and_not_kept_in_memory() {
    let upstream = good().await;
    let gateway = stage("max_body = \"8KiB\"", &upstream).await;
    let line = "POST /v1/conversations/twilio:CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/webhooks";
    let json = "content-type: application/json\r\n";
    for line in [line, "POST /proxy/bland/x"] {
        for (framing, piece) in [
            ("content-length: 8193\r\n", String::new()),
            ("content-length: 99999999999\r\n", String::new()),
            (
                "transfer-encoding: chunked\r\n",
                format!("2001\r\n{}\r\n", " ".repeat(8_193)),
            ),
            ("transfer-encoding: chunked\r\n", "1\r\n \r\n".repeat(8_193)),
        ] {
            let mut client = Wire::to(gateway.client.0).await;
            client
                .send(head(&gateway, line, &format!("{json}{framing}")) + &piece)
                .await;
            let answer = answer_of(client).await;
            if line.contains("proxy") {
                assert_native(&answer, "bland", 413, "payload_too_large");
            } else {
                assert_eq!(
                    (answer.status, answer.code().as_str()),
                    (413, "payload_too_large")
                );
            }
        }
        // One that has no end.
        let mut client = Wire::to(gateway.client.0).await;
        client
            .send(head(
                &gateway,
                line,
                &format!("{json}transfer-encoding: chunked\r\n"),
            ))
            .await;
        let mut taken = 0;
        while client
            .socket
            .write_all(format!("10000\r\n{}\r\n", " ".repeat(65_536)).as_bytes())
            .await
            .is_ok()
        {
            taken += 65_536;
            assert!(taken < HELD, "{taken} bytes were taken");
        }
    }
    assert_eq!(upstream.count(), 0);
    assert_served(&gateway).await;
}

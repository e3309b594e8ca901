//! Answers that are sent while their requests are still coming. A client that writes all before it reads gets them.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;

use crate::proxy_request::configuration;
use crate::rig::{Gateway, Peer, Script, Upstream, Wire, bearer, pass};

/// More than sockets hold, and less than is read for nothing.
const LARGE: usize = 12 << 20;
const WEBHOOKS: &str = "POST /v1/conversations/twilio:CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/webhooks";

async fn stage() -> (Gateway, Upstream) {
    let upstream = Upstream::always(Script::json(200, "{}")).await;
    (stage_with(upstream.address).await, upstream)
}

async fn stage_with(provider: SocketAddr) -> Gateway {
    let config = configuration(provider, "").replace("\"read\"", "\"read\", \"write\"");
    let server = "[server]\nmax_body = \"12MiB\"\nheader_read_timeout = \"9s\"\nwrite_timeout = \"1h\"\nidle_timeout = \"1h\"";
    Gateway::start(&format!("{server}\n{config}")).await
}

fn head(gateway: &Gateway, line: &str, fields: &str) -> String {
    let host = gateway.client.0;
    format!("{line} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n{fields}\r\n")
}

#[tokio::test]
async fn a_client_that_writes_all_before_it_reads_gets_its_answer() {
    let (gateway, upstream) = stage().await;
    let key = format!("authorization: {}\r\n", bearer("app"));
    let (length, larger) = (
        format!("content-length: {LARGE}\r\n"),
        format!("content-length: {}\r\n", LARGE + 1),
    );
    let chunked = "transfer-encoding: chunked\r\n";
    for (line, fields, status) in [
        (WEBHOOKS, format!("{key}{larger}"), 413),
        (WEBHOOKS, format!("{key}{chunked}"), 413),
        (WEBHOOKS, length.clone(), 401),
        ("POST /proxy/bland/x", format!("{key}{larger}"), 413),
        ("POST /proxy/bland/x", length.clone(), 401),
        ("POST /proxy/nobody/x", format!("{key}{length}"), 404),
        ("POST /nowhere", format!("{key}{length}"), 404),
        ("PATCH /v1/connections", format!("{key}{length}"), 405),
    ] {
        let mut client = Wire::to(gateway.client.0).await;
        client.send(head(&gateway, line, &fields)).await;
        if fields.contains(chunked) {
            client.send(format!("{:x}\r\n", LARGE + 1)).await;
        }
        client.send(vec![b'x'; LARGE + 1]).await;
        let answer = client.head().await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{line} {fields}: {answer}"
        );
    }
    assert_eq!(upstream.count(), 0);
}

#[tokio::test]
async fn a_provider_that_has_heard_enough_is_passed_on() {
    let answer = |fields: &str| format!("HTTP/1.1 422 X\r\ncontent-length: 2\r\n{fields}\r\n{{}}");
    let length = format!("authorization: {}\r\ncontent-length: {LARGE}\r\n", bearer("app"));
    for says_no_more in [true, false] {
        let peer = Peer::new().await;
        let gateway = stage_with(peer.address()).await;
        let mut client = Wire::to(gateway.client.0).await;
        client.send(head(&gateway, "POST /proxy/bland/x", &length)).await;
        let mut provider = peer.accept().await;
        provider.head().await;
        if says_no_more {
            provider.send(answer("connection: close\r\n")).await;
            provider.socket.shutdown().await.unwrap();
            client.send(vec![b'x'; LARGE]).await;
        } else {
            // It takes the rest all the same.
            provider.send(answer("")).await;
            let body = vec![b'x'; LARGE];
            tokio::join!(client.send(body), provider.exactly(LARGE));
        }
        let answer = client.head().await;
        assert!(answer.starts_with("HTTP/1.1 422 "), "{answer}");
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused_in_words() {
    let (gateway, _upstream) = stage().await;
    let mut client = Wire::to(gateway.client.0).await;
    client
        .send(head(
            &gateway,
            "GET /v1/connections",
            &format!("x: {}\r\n", "x".repeat(LARGE)),
        ))
        .await;
    let answer = client.rest().await;
    assert!(answer.starts_with(b"HTTP/1.1 431 "), "{}", answer.escape_ascii());
}

#[tokio::test]
async fn a_client_that_never_ends_is_let_go() {
    let (gateway, _upstream) = stage().await;
    let head = head(&gateway, WEBHOOKS, &format!("content-length: {}\r\n", u32::MAX));
    let mut client = Wire::to(gateway.client.0).await;
    client.send(&head).await;
    assert!(client.head().await.starts_with("HTTP/1.1 413 "));
    let is_open = async || gateway.metric("switchboard_http_connections", &[]).await > 0.5;
    let mut seconds = 0;
    while is_open().await {
        // It goes on, as long as it can.
        let sent = client.socket.write_all(b"x").await;
        assert!(sent.is_ok() || !is_open().await, "{sent:?}");
        pass(Duration::from_secs(1)).await;
        seconds += 1;
        assert!(seconds < 1_000, "nobody ends it");
    }
    assert!(seconds >= 9, "{seconds}");
}

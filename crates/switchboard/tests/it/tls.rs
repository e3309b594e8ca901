//! The listener's TLS: versions, protocols, and peers that speak something else or nothing.

use std::time::Duration;

use rustls::ProtocolVersion;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::rig::{
    KEY, NUMBER, NUMBER_BODY, Peer, Secured, WEBHOOKS, Wire, acme, demo_connections, pass, webhooks_body,
};

async fn start(server: &str) -> Secured {
    Secured::start(server, demo_connections()).await
}

#[tokio::test]
async fn both_versions_of_tls_and_both_of_http_are_spoken() {
    let secured = start("").await;
    for (version, number) in [
        (&TLS12, ProtocolVersion::TLSv1_2),
        (&TLS13, ProtocolVersion::TLSv1_3),
    ] {
        let client = secured.client().only(&secured.authority, version);
        for (offered, chosen) in [
            (&["h2", "http/1.1"][..], Some("h2")),
            (&["http/1.1", "h2"], Some("h2")),
            (&["http/1.1"], Some("http/1.1")),
            (&[], None),
        ] {
            let stream = client.connect(offered).await.unwrap();
            let session = stream.get_ref().1;
            assert_eq!(session.protocol_version(), Some(number));
            assert_eq!(session.alpn_protocol(), chosen.map(str::as_bytes), "{offered:?}");
        }
        assert_eq!(client.http2().await.get("/v1/connections", &[]).await.status, 200);
        assert_eq!(client.get("/v1/connections", &[]).await.status, 200);
    }
    let unknown = secured.client().connect(&["h3"]).await.unwrap_err();
    assert!(unknown.to_string().contains("NoApplicationProtocol"), "{unknown}");
}

#[tokio::test]
async fn tls_1_1_is_refused_in_its_own_words() {
    let secured = start("").await;
    let mut wire = Wire::to(secured.gateway.client.0).await;
    // A ClientHello of version 1.1: 32 bytes of random, no session, one cipher suite, no compression,
    // one signature algorithm.
    let extensions = [0, 8, 0, 13, 0, 4, 0, 2, 4, 3];
    let body = [&[3, 2][..], &[7; 32], &[0, 0, 2, 0xc0, 0x13, 1, 0], &extensions].concat();
    let length = u8::try_from(body.len()).unwrap();
    let hello = [&[1, 0, 0, length][..], &body].concat();
    wire.send([&[22, 3, 1, 0, length + 4][..], &hello].concat()).await;
    let answer = wire.rest().await;
    // A fatal alert, protocol_version.
    assert_eq!((answer[0], &answer[5..7]), (21, &[2, 70][..]), "{answer:?}");
}

#[tokio::test]
async fn a_peer_without_tls_is_answered_in_tls_and_let_go() {
    let secured = start("").await;
    for bytes in [
        "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut wire = Wire::to(secured.gateway.client.0).await;
        wire.send(bytes).await;
        let answer = wire.rest().await;
        assert_eq!((answer[0], answer.len()), (21, 7), "{answer:?}");
    }
    secured
        .gateway
        .until("switchboard_http_connections", &[], 0.0)
        .await;
}

#[tokio::test]
async fn the_admin_listener_stays_plain() {
    let secured = start("").await;
    assert_eq!(secured.gateway.admin.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn who_does_not_finish_a_handshake_is_let_go() {
    let secured = start("").await;
    let silent = TcpStream::connect(secured.gateway.client.0).await.unwrap();
    let mut slow = TcpStream::connect(secured.gateway.client.0).await.unwrap();
    slow.write_all(&[22, 3, 1]).await.unwrap();
    secured
        .gateway
        .until("switchboard_http_connections", &[], 2.0)
        .await;
    pass(Duration::from_secs(6)).await;
    for mut socket in [silent, slow] {
        // Reset or closed: either way without an answer.
        assert!(!socket.read(&mut [0; 16]).await.is_ok_and(|read| read > 0));
    }
    secured
        .gateway
        .until("switchboard_http_connections", &[], 0.0)
        .await;
}

#[tokio::test]
async fn who_is_silent_after_the_handshake_is_let_go() {
    let secured = start("").await;
    let client = secured.client();
    let http1 = client.connect(&["http/1.1"]).await.unwrap();
    let http2 = client.connect(&["h2"]).await.unwrap();
    let (idle, ended) = client.http2_and_end().await;
    secured
        .gateway
        .until("switchboard_http_connections", &[], 3.0)
        .await;
    // For the GOAWAY of those that could read it, and for those that did not.
    for _ in 0..3 {
        pass(Duration::from_secs(31)).await;
    }
    secured
        .gateway
        .until("switchboard_http_connections", &[], 0.0)
        .await;
    ended.await.unwrap().unwrap();
    drop((http1, http2, idle));
}

#[tokio::test]
async fn a_request_under_way_is_finished_when_the_gateway_stops() {
    let provider = Peer::new().await;
    let toml = acme(provider.address(), "");
    let secured = Secured::start("", &toml).await;
    let client = secured.client();
    let (mut http2, ended) = client.http2_and_end().await;
    let (_idle, idle_ended) = client.http2_and_end().await;
    let Secured { gateway, .. } = secured;
    let asks = async { tokio::join!(http2.get(NUMBER, &[KEY]), client.get(WEBHOOKS, &[KEY]),) };
    let stops = async {
        let mut calls = [provider.accept().await, provider.accept().await];
        let stopped = gateway.stop();
        let answers = async {
            // It sends GOAWAY to the one, and waits for the other.
            idle_ended.await.unwrap().unwrap();
            for call in &mut calls {
                let body = if call.head().await.starts_with("GET /v1/sms/") {
                    NUMBER_BODY.to_owned()
                } else {
                    webhooks_body(None)
                };
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
                );
                call.send(head + &body).await;
            }
        };
        tokio::join!(stopped, answers);
    };
    let ((number, webhooks), ()) = tokio::join!(asks, stops);
    assert_eq!((number.status, webhooks.status), (200, 200));
    ended.await.unwrap().unwrap();
}

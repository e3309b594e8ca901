//! Binding, and what the socket does whoever the provider is.

use std::io::ErrorKind;
use std::time::Duration;

use hyper::{Method, StatusCode};
use sandbox::{Account, Credential, Sandbox, demo_accounts};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{ANY_PORT, Running, basic};

const NUMBERS: &str = "/v1/sms/numbers?channel=imessage";

/// Everything that the sandbox sends until it closes the connection.
async fn exchange(running: &Running, bytes: &str) -> String {
    let mut stream = TcpStream::connect(running.addr).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn refusal(addr: &str, accounts: Vec<Account>) -> (ErrorKind, String) {
    let error = Sandbox::bind(addr.parse().unwrap(), accounts)
        .await
        .err()
        .unwrap();
    (error.kind(), error.to_string())
}

fn account(provider: &str, credential: Credential) -> Vec<Account> {
    vec![Account {
        provider: provider.to_owned(),
        credential,
    }]
}

#[tokio::test]
async fn an_address_off_loopback_is_refused() {
    for addr in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0", "[::ffff:192.0.2.1]:0"] {
        let (kind, reason) = refusal(addr, demo_accounts()).await;
        assert_eq!(kind, ErrorKind::InvalidInput);
        assert!(reason.contains("loopback") && reason.contains(addr), "{reason}");
    }
}

#[tokio::test]
async fn accounts_that_no_provider_takes_are_refused() {
    let key = || Credential::Key("k".to_owned().into());
    let login = Credential::Basic {
        username: "u".to_owned().into(),
        password: "p".to_owned().into(),
    };
    let cases = [
        account("acme", key()),
        account("Twilio", key()),
        account("twilio", key()),
        account("bland", login),
    ];
    for accounts in cases {
        let name = accounts[0].provider.clone();
        let (kind, reason) = refusal("127.0.0.1:0", accounts).await;
        assert_eq!(kind, ErrorKind::InvalidInput);
        assert!(reason.contains(&name), "{reason}");
    }
}

#[tokio::test]
async fn without_accounts_everything_is_refused() {
    let sandbox = Sandbox::bind(ANY_PORT, Vec::new()).await.unwrap();
    let running = Running::of(sandbox);
    for path in [
        "/v1/Conversations/CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Webhooks",
        NUMBERS,
    ] {
        for authorization in ["", "sandbox", &basic("SKsandbox", "sandbox"), &basic("", "")] {
            assert_eq!(
                running.get(path, authorization).await.status,
                StatusCode::UNAUTHORIZED
            );
        }
    }
}

#[tokio::test]
async fn a_path_of_no_provider_is_not_found() {
    let running = Running::start().await;
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v2/Conversations",
        "//v1/sms/numbers",
        "/%76%31x/sms",
    ] {
        assert_eq!(
            running.get(path, "sandbox").await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_segment_is_decoded_once() {
    let running = Running::start().await;
    let found = running
        .get("/v1/sms/conversations/convo%5Fquiet", "sandbox")
        .await;
    assert_eq!(found.status, StatusCode::OK);
    let twice = running
        .get("/v1/sms/conversations/convo%255Fquiet", "sandbox")
        .await;
    assert_eq!(twice.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn links_use_the_host_of_the_request_or_else_the_address() {
    let running = Running::start().await;
    let path = "/v1/Conversations/CH00000000000000000000000000000000/Webhooks";
    let login = basic("SKsandbox", "sandbox");
    let named = format!(
        "GET {path} HTTP/1.1\r\nhost: sandbox.localhost:81\r\nauthorization: {login}\r\nconnection: close\r\n\r\n"
    );
    let link = format!("\"first_page_url\":\"http://sandbox.localhost:81{path}?");
    assert!(exchange(&running, &named).await.contains(&link));
    let unnamed = format!("GET {path} HTTP/1.0\r\nauthorization: {login}\r\n\r\n");
    let link = format!("\"first_page_url\":\"http://{}{path}?", running.addr);
    assert!(exchange(&running, &unnamed).await.contains(&link));
}

#[tokio::test]
async fn a_body_beyond_the_bound_is_refused() {
    let running = Running::start().await;
    let fits = running
        .send(Method::GET, NUMBERS, "sandbox", &"a".repeat(64 * 1024))
        .await;
    assert_eq!(fits.status, StatusCode::OK);
    let head = "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 65537\r\n\r\n";
    let answer = exchange(&running, &format!("{head}{}", "a".repeat(65537))).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_broken_request_is_refused() {
    let running = Running::start().await;
    assert!(
        exchange(&running, "\u{1}nonsense\r\n\r\n")
            .await
            .starts_with("HTTP/1.1 400 ")
    );
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_stops_sending_is_let_go() {
    let running = Running::start().await;
    assert_eq!(exchange(&running, "").await, "");
    assert_eq!(exchange(&running, "GET / HT").await, "");
    let stalled_body = exchange(
        &running,
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n1",
    )
    .await;
    assert!(stalled_body.starts_with("HTTP/1.1 408 "), "{stalled_body}");
}

#[tokio::test]
async fn shutdown_ends_idle_connections_and_the_listener() {
    let running = Running::start().await;
    assert_eq!(running.get(NUMBERS, "sandbox").await.status, StatusCode::OK);
    let mut idle = TcpStream::connect(running.addr).await.unwrap();
    running.shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(10), running.served)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(idle.read(&mut [0; 1]).await.ok().unwrap_or_default(), 0);
    assert!(TcpStream::connect(running.addr).await.is_err());
}

#[tokio::test]
async fn dropping_the_server_ends_its_connections() {
    let running = Running::start().await;
    let mut peer = TcpStream::connect(running.addr).await.unwrap();
    let request = format!("GET {NUMBERS} HTTP/1.1\r\nhost: localhost\r\nauthorization: sandbox\r\n\r\n");
    peer.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(peer.read_u8().await.unwrap(), b'H');
    running.served.abort();
    let rest = tokio::time::timeout(Duration::from_secs(10), peer.read_to_end(&mut Vec::new())).await;
    assert!(rest.unwrap().is_ok());
}

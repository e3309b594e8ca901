//! Connections that are quiet rest: what serves them is let go and made anew, and nobody can tell.

use std::fs;
use std::time::Duration;

use crate::rig::process::{Serving, program, sandbox_config};
use crate::rig::{Gateway, Wire, demo_connections, pass};

const REST: Duration = Duration::from_millis(600);

fn head(gateway: &Gateway) -> String {
    format!("GET /v1/connections HTTP/1.1\r\nhost: {}\r\n", gateway.client.0)
}

/// So much time passes, and everybody has noticed.
async fn quiet(gateway: &Gateway) {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    pass(REST).await;
    // Whatever it does on another connection it does after what it does on this one.
    assert_eq!(gateway.get("/problems/internal").await.status, 200);
}

async fn answered(wire: &mut Wire) {
    let head = wire.head().await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let (_, length) = head.split_once("content-length: ").unwrap();
    let length = length.lines().next().unwrap().parse().unwrap();
    wire.exactly(length).await;
}

#[tokio::test]
async fn it_wakes_for_the_next_request() {
    let gateway = Gateway::demo().await;
    let mut wire = Wire::to(gateway.client.0).await;
    // Before the first one, too.
    for _ in 0..3 {
        quiet(&gateway).await;
        wire.send(head(&gateway) + "\r\n").await;
        answered(&mut wire).await;
    }
    // In pieces, and two at once.
    let two = (head(&gateway) + "\r\n").repeat(2);
    for at in [1, 17, two.len() - 1] {
        quiet(&gateway).await;
        wire.send(two.get(..at).unwrap()).await;
        quiet(&gateway).await;
        wire.send(two.get(at..).unwrap()).await;
        answered(&mut wire).await;
        answered(&mut wire).await;
    }
    // What watches over heads watches over this one.
    quiet(&gateway).await;
    wire.send(head(&gateway) + "x: y\n\r\n").await;
    assert!(wire.head().await.starts_with("HTTP/1.1 400"));
    gateway.stop().await;
}

#[tokio::test]
async fn it_ends_when_it_has_been_silent_for_too_long() {
    let config = format!("[server]\nidle_timeout = \"10s\"\n{}", demo_connections());
    let gateway = Gateway::start(&config).await;
    let mut wire = Wire::begun(gateway.client.0, &(head(&gateway) + "\r\n"));
    answered(&mut wire).await;
    for _ in 0..15 {
        quiet(&gateway).await;
    }
    wire.send(head(&gateway) + "\r\n").await;
    answered(&mut wire).await;
    for _ in 0..18 {
        quiet(&gateway).await;
    }
    assert_eq!(wire.rest().await, b"");
    gateway.stop().await;
}

#[tokio::test]
async fn it_ends_with_the_gateway() {
    let gateway = Gateway::demo().await;
    let mut wire = Wire::to(gateway.client.0).await;
    wire.send(head(&gateway) + "\r\n").await;
    answered(&mut wire).await;
    quiet(&gateway).await;
    tokio::join!(gateway.stop(), async {
        assert_eq!(wire.rest().await, b"");
    });
}

/// With threads of its own nobody looks at the socket once more by chance.
#[tokio::test]
async fn it_ends_also_where_request_and_answer_are_there_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let config = sandbox_config("idle_timeout = \"400ms\"");
    fs::write(folder.path().join("config.toml"), config).unwrap();
    let mut serving = Serving::start(program(folder.path(), &[]));
    let address = serving.address("API");
    let request = format!("GET /v1/connections HTTP/1.1\r\nhost: {address}\r\n\r\n");
    for _ in 0..3 {
        let mut wire = Wire::begun(address, &request);
        answered(&mut wire).await;
        assert_eq!(wire.rest().await, b"");
    }
    serving.signal("TERM");
    assert_eq!(serving.end().0, Some(0));
}

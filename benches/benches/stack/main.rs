//! What the gateway adds to a cache hit: beside a bare server over sockets, and by itself without sockets.

mod client;
mod cores;
mod report;
mod rounds;
mod server;

use std::error::Error;
use std::io;

use switchboard::telemetry;

use crate::cores::{Side, keep_to};
use crate::server::Server;

/// The program's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whatever ends a benchmark early.
type Failure = Box<dyn Error + Send + Sync>;

/// Kinds of gateway: name, and the part of its configuration that makes it so.
const GATEWAYS: [(&str, &str); 3] = [
    ("cache hit, no log", "[telemetry]\naccess_log = false\n"),
    ("cache hit", ""),
    (
        "cache hit, key and rate limit",
        r#"
        [auth]
        mode = "required"
        [[clients]]
        name = "bench"
        # SHA-256 of "bench"
        key_sha256 = ["1b32c28cb38c05480eccc1bd60ff97029b57a05c96718b96dad7e9d84894f549"]
        scopes = ["read", "sensitive"]
        connections = ["*"]
        rate_limit = { requests = 1000000, per = "1s" }
        "#,
    ),
];

fn main() -> Result<(), Failure> {
    // Only `cargo bench` asks for figures; `cargo test --all-targets` runs this file too.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    // The log is written in full, and goes nowhere.
    let _log = telemetry::as_json("info", io::sink())?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(measure())
}

async fn measure() -> Result<(), Failure> {
    let (mut servers, mut gateways) = (Vec::new(), Vec::new());
    for (name, settings) in GATEWAYS {
        let (server, gateway) = Server::gateway(name, settings).await?;
        let answer = server.fill(&gateway).await?;
        if servers.is_empty() {
            servers.push(Server::bare("bare hyper", answer).await?);
        }
        servers.push(server);
        gateways.push(gateway);
    }
    // Only now: a thread begins on the cores of the one that begins it.
    keep_to(Side::Client)?;
    let names: Vec<&str> = servers.iter().map(|server| server.name).collect();
    for (connections, each) in [(32, 32), (1, 256)] {
        let costs = rounds::sockets(&servers, connections, each).await?;
        report::sockets(connections, &names, &costs)?;
    }
    let costs = rounds::in_process(&gateways).await?;
    report::in_process(&GATEWAYS.map(|(name, _)| name), &costs)?;
    Ok(())
}

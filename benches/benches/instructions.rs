//! Cache hits through the whole client stack, in memory and on one thread, for a program that counts instructions:
//! `.ci/check-instructions` runs it under callgrind and compares the count with the committed one.
//!
//! `instructions HITS`

use std::error::Error;
use std::hint::black_box;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use http::Request;
use http_body_util::BodyExt;
use layers::Body;
use layers::request_id::Peer;
use switchboard::config::{ConfigError, Loaded, Loader};
use switchboard::front;
use switchboard::reload::Source;
use switchboard::serve::Running;
use switchboard::telemetry;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// The program's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn Error + Send + Sync>;

/// As in production: a key, a limit, metrics, and a line of the log for each request.
const SETTINGS: &str = r#"
[server]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
[auth]
mode = "required"
[[clients]]
name = "bench"
# SHA-256 of "bench"
key_sha256 = ["1b32c28cb38c05480eccc1bd60ff97029b57a05c96718b96dad7e9d84894f549"]
scopes = ["read", "sensitive"]
connections = ["*"]
rate_limit = { requests = 1000000, per = "1s" }
[connections.twilio]
provider = "twilio"
base_url = "sandbox"
username = "SKsandbox"
password = "sandbox"
[cache]
ttl = { webhooks = "1h" }
"#;

/// The documented list of three webhooks.
const PATH: &str = "/v1/conversations/twilio:CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/webhooks";

fn main() -> Result<(), Failure> {
    // Whoever runs all benchmarks runs this file too.
    let Some(count) = std::env::args().nth(1).and_then(|count| count.parse().ok()) else {
        return Ok(());
    };
    // The log is written in full, and goes nowhere.
    let _log = telemetry::as_json("info", io::sink())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let source: Source = Arc::new(|| load(SETTINGS));
    let loaded = source().map_err(|errors| format!("{errors:#?}"))?;
    let running = runtime.block_on(Running::start(loaded, source))?;
    let gateway = running.gateway();
    let stack = || front::stack(&gateway);
    let requests = |count| {
        (0..count)
            .map(|_| request(gateway.address))
            .collect::<http::Result<Vec<_>>>()
    };
    // The first fills the cache, and some more warm up what is made when it is needed.
    for request in requests(100)? {
        let answer = runtime.block_on(stack().oneshot(request))?;
        runtime.block_on(answer.into_body().collect())?;
    }
    let stack = stack();
    hits(&runtime, requests(count)?, |request| {
        stack.clone().oneshot(request)
    })
}

/// What is counted: each request is at hand, and each answer is dropped. It must be found by its name.
#[inline(never)]
fn hits<A, E: Into<Failure>>(
    runtime: &Runtime,
    requests: Vec<Request<Body>>,
    ask: impl Fn(Request<Body>) -> A,
) -> Result<(), Failure>
where
    A: Future<Output = Result<http::Response<Body>, E>>,
{
    runtime.block_on(async {
        for request in requests {
            let answer = ask(request).await.map_err(Into::into)?;
            let status = answer.headers().get("cache-status");
            if !status.is_some_and(|status| status.as_bytes().starts_with(b"switchboard; hit;")) {
                return Err(format!("no cache hit: {answer:?}").into());
            }
            black_box(answer);
        }
        Ok(())
    })
}

fn request(gateway: SocketAddr) -> http::Result<Request<Body>> {
    Request::get(PATH)
        .extension(Peer(gateway.ip()))
        .header("host", gateway.to_string())
        .header("accept", "application/json")
        .header("user-agent", "bench")
        .header("x-api-key", "bench")
        .body(Body::empty())
}

fn load(text: &str) -> Result<Loaded, Vec<ConfigError>> {
    let profiles = providers::all().map(|provider| provider.profile());
    let loader = Loader {
        profiles: &profiles,
        environment: &|_| None,
    };
    loader.parse("bench.toml", text, Path::new("."))
}

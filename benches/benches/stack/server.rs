//! The servers that are compared, each on one thread of its own, so that the thread's CPU time is the
//! server's and nobody else's.

use std::convert::Infallible;
use std::future::ready;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body_util::{BodyExt, Full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustix::time::{ClockId, clock_gettime};
use switchboard::config::{ConfigError, Loaded, Loader};
use switchboard::front;
use switchboard::gateway::Gateway;
use switchboard::reload::Source;
use switchboard::serve::Running;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;

use crate::cores::{Side, keep_to};
use crate::{Failure, client};

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Ports that the system chooses, sandboxes behind both connections, and answers that outlive the benchmark.
const SETTINGS: &str = r#"
[server]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
[connections.twilio]
provider = "twilio"
base_url = "sandbox"
username = "SKsandbox"
password = "sandbox"
[connections.bland]
provider = "bland"
base_url = "sandbox"
api_key = "sandbox"
[cache]
ttl = { webhooks = "1h" }
"#;

/// A server on a thread of its own. It ends when it is dropped.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    thread: Thread,
}

impl Server {
    /// The gateway as `serve` runs it, and what its requests share.
    pub(crate) async fn gateway(name: &'static str, settings: &str) -> Result<(Self, Arc<Gateway>), Failure> {
        let thread = Thread::start()?;
        let settings = format!("{SETTINGS}{settings}");
        let source: Source = Arc::new(move || load(&settings));
        let loaded = source().map_err(|errors| format!("{errors:#?}"))?;
        let running = thread.handle.spawn(Running::start(loaded, source)).await??;
        let server = Self {
            name,
            address: running.address,
            thread,
        };
        Ok((server, running.gateway()))
    }

    /// The HTTP library and nothing else: every request gets this answer.
    pub(crate) async fn bare(name: &'static str, answer: (HeaderMap, Bytes)) -> Result<Self, Failure> {
        let thread = Thread::start()?;
        let listener = thread.handle.spawn(TcpListener::bind((HOME, 0))).await??;
        let address = listener.local_addr()?;
        drop(thread.handle.spawn(serve(listener, answer.into())));
        Ok(Self {
            name,
            address,
            thread,
        })
    }

    /// Asks this gateway until the answer comes from its cache.
    pub(crate) async fn fill(&self, gateway: &Arc<Gateway>) -> Result<(HeaderMap, Bytes), Failure> {
        drop(self.thread.handle.spawn(ask(Arc::clone(gateway))).await??);
        self.thread.handle.spawn(ask(Arc::clone(gateway))).await?
    }

    /// The CPU time that it has used so far.
    pub(crate) async fn cpu_time(&self) -> Result<Duration, Failure> {
        Ok(self.thread.handle.spawn(async { cpu_time() }).await?)
    }
}

/// The CPU time that this thread has used so far, in the kernel and outside.
pub(crate) fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

async fn ask(gateway: Arc<Gateway>) -> Result<(HeaderMap, Bytes), Failure> {
    let request = client::request(gateway.address)?;
    let (head, body) = front::stack(&gateway).oneshot(request).await?.into_parts();
    Ok((head.headers, body.collect().await?.to_bytes()))
}

fn load(text: &str) -> Result<Loaded, Vec<ConfigError>> {
    let profiles = providers::all().map(|provider| provider.profile());
    let loader = Loader {
        profiles: &profiles,
        environment: &|_| None,
    };
    loader.parse("bench.toml", text, Path::new("."))
}

async fn serve(listener: TcpListener, answer: Arc<(HeaderMap, Bytes)>) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        if socket.set_nodelay(true).is_err() {
            continue;
        }
        let answer = Arc::clone(&answer);
        let service = service_fn(move |_| {
            let (headers, body) = &*answer;
            let mut response = Response::new(Full::new(body.clone()));
            response.headers_mut().clone_from(headers);
            ready(Ok::<_, Infallible>(response))
        });
        connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
    }
}

/// A runtime on one thread.
struct Thread {
    handle: Handle,
    _stop: DropGuard,
}

impl Thread {
    fn start() -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (handle, stop) = (runtime.handle().clone(), CancellationToken::new());
        let stopped = stop.clone().cancelled_owned();
        std::thread::Builder::new().spawn(move || {
            keep_to(Side::Server)?;
            runtime.block_on(stopped);
            Ok::<(), Failure>(())
        })?;
        Ok(Self {
            handle,
            _stop: stop.drop_guard(),
        })
    }
}

//! Runs the gateway: sandbox if one is wanted, both listeners, and the drain at the end.

use std::future::pending;
use std::hint::black_box;
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{ConfigError, Loaded};
use crate::gateway::Gateway;
use crate::handover::Handover;
use crate::live::{Epoch, Face, Live};
use crate::metrics::Metrics;
use crate::reload::{self, Attached, Hangup, Reloader, Source};
use crate::server::{Ending, Listener, Server};
use crate::simulator::Simulator;
use crate::telemetry::PANICKED;
use crate::traces::{self, Exporter};
use crate::watch::Watch;
use crate::{notify, replicas, telemetry, tls};

/// Shorter than what anybody waits for on behalf of a request.
const BEAT: Duration = Duration::from_millis(200);
/// More than the allocator keeps for itself. None of it is touched.
const LARGE: usize = 1 << 20;

/// Serves until a signal ends it. The error is for the operator.
pub fn run(loaded: Loaded, source: Source) -> Result<(), String> {
    let handover = Handover::take()?;
    let listening = handover.listening()?;
    let loaded = loaded
        .listening(listening)
        .map_err(|faults| ConfigError::render_all(&faults))?;
    let source: Source = Arc::new(move || source()?.listening(listening));
    let _log = telemetry::begin(&loaded.config.telemetry)?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if loaded.config.server.workers > 0 {
        runtime.worker_threads(loaded.config.server.workers);
    }
    let runtime = runtime
        .enable_all()
        .build()
        .map_err(|error| format!("no threads: {error}"))?;
    runtime.block_on(async {
        // Before anybody can know that it runs: a signal ends it in order from the first moment.
        let end = terminated()?;
        let running = Running::with(handover, loaded, source).await?;
        running.announce().map_err(|error| error.to_string())?;
        notify::ready();
        running.until(end).await;
        Ok(())
    })
}

/// A gateway that listens.
pub struct Running {
    /// Where the API listens.
    pub address: SocketAddr,
    /// Where the admin listener is.
    pub admin_address: SocketAddr,
    live: Arc<Live>,
    sandbox: Option<SocketAddr>,
    ending: Ending,
    stop_admin: CancellationToken,
    api: JoinHandle<()>,
    exporter: Option<Exporter>,
}

impl Running {
    /// Binds and begins to serve, and follows the configuration.
    pub async fn start(loaded: Loaded, source: Source) -> Result<Self, String> {
        Self::with(Handover::default(), loaded, source).await
    }

    /// The same, on sockets that were handed over.
    async fn with(handover: Handover, loaded: Loaded, source: Source) -> Result<Self, String> {
        let (ending, stop_admin, services) = <(Ending, CancellationToken, TaskTracker)>::default();
        let Loaded { config, files, .. } = loaded;
        let simulator = Simulator::start(&config, &services).await?;
        let sandbox = simulator.as_ref().map(|simulator| simulator.address);
        let metrics = Metrics::new().map_err(|error| format!("metrics: {error}"))?;
        let (api, admin) = (
            Listener::open(handover.api, config.server.listen).await?,
            Listener::open(handover.admin, config.server.admin_listen).await?,
        );
        let (address, admin_address) = (api.address()?, admin.address()?);
        let store = replicas::store(&config, &metrics, &services, &stop_admin)?;
        let (traces, exporter) = traces::begin(&config, &metrics, &services)?.unzip();
        let gateway = Gateway::new(config, address, sandbox, metrics, store)?.traced(traces);
        let gateway = Arc::new(gateway);
        let acceptor = acceptor(&gateway)?;
        let keeper = reload::keeper(&gateway)?.map(|keeper| reload::keep(keeper, &services));
        reload::begin_metrics(&gateway, None);
        services.spawn(beat(stop_admin.clone()));
        services.spawn(notify::watchdog(stop_admin.clone()));
        let live = Arc::new(Live::new(Epoch::new(Arc::clone(&gateway), &ending.begun)));
        let (public, private) = servers(&gateway, &live, acceptor.clone());
        let reloader = Reloader {
            hangup: Hangup::listen(),
            source,
            watch: Watch::of(&files),
            files,
            live: Arc::clone(&live),
            acceptor,
            draining: ending.begun.clone(),
            attached: Attached { simulator, keeper },
            services: services.clone(),
        };
        services.spawn(reloader.run(stop_admin.clone()));
        let api = services.spawn(public.run(api, ending.clone()));
        let end_of_admin = Ending {
            begun: ending.begun.clone(),
            stop: stop_admin.clone(),
        };
        services.spawn(private.run(admin, end_of_admin));
        Ok(Self {
            address,
            admin_address,
            live,
            sandbox,
            ending,
            stop_admin,
            api,
            exporter,
        })
    }

    /// What requests share at the moment.
    pub fn gateway(&self) -> Arc<Gateway> {
        Arc::clone(&self.live.now().gateway)
    }

    /// Says where what listens, and on a sandbox what to try.
    fn announce(&self) -> io::Result<()> {
        let gateway = self.gateway();
        let config = &gateway.config;
        let mut out = io::stdout().lock();
        let base = self.base_url();
        let mut lines = vec![
            format!("switchboard {} listens", env!("CARGO_PKG_VERSION")),
            format!("  API      {base}"),
            format!(
                "  admin    http://{}  (/metrics, /readyz, /config, /drift)",
                self.admin_address
            ),
        ];
        if let Some(sandbox) = self.sandbox {
            lines.push(format!(
                "  sandbox  http://{sandbox}  (made-up data, no account is used; /sandbox/faults makes it fail)"
            ));
            lines.push("Try:".to_owned());
            lines.push(format!("  curl -s {base}/v1/connections"));
            for connection in config.connections.iter().filter(|c| c.is_sandbox()) {
                for path in sandbox::examples(connection.profile.provider, connection.name.as_str()) {
                    lines.push(format!("  curl -s '{base}{path}'"));
                }
            }
        }
        match writeln!(out, "{}", lines.join("\n")).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }

    /// Where the API listens, as opposed to where clients reach it.
    fn base_url(&self) -> String {
        let is_plain = self.gateway().config.server.tls.is_none();
        format!("{}://{}", if is_plain { "http" } else { "https" }, self.address)
    }

    /// Serves until `end`, then drains: unready at once, no new connections after `drain_delay`, and up to
    /// `drain_timeout` for what is under way.
    pub async fn until(self, end: impl Future<Output = ()>) {
        end.await;
        self.ending.begun.begin();
        notify::stopping();
        tracing::info!("draining: not ready any more");
        let gateway = self.gateway();
        let server = &gateway.config.server;
        if !io::stdout().is_terminal() {
            tokio::time::sleep(server.drain_delay).await;
        }
        self.ending.stop.cancel();
        gateway.tasks.close();
        let finished = async {
            self.api.await.map_err(|_| PANICKED.to_owned())?;
            gateway.tasks.wait().await;
            Ok::<(), String>(())
        };
        match tokio::time::timeout(server.drain_timeout, finished).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(error, "the listener failed while draining"),
            Err(_) => tracing::warn!("`server.drain_timeout` is over; what is still under way is cut off"),
        }
        if let Some(exporter) = self.exporter {
            exporter.finish().await;
        }
        self.stop_admin.cancel();
        tracing::info!("drained");
    }
}

/// The listener's side of TLS.
fn acceptor(gateway: &Gateway) -> Result<Option<Arc<tls::Acceptor>>, String> {
    let Some(settings) = &gateway.config.server.tls else {
        return Ok(None);
    };
    gateway.metrics.certificate_expiry(settings.not_after());
    Ok(Some(Arc::new(tls::Acceptor::new(settings)?)))
}

/// What serves on the two listeners.
fn servers(gateway: &Gateway, live: &Arc<Live>, tls: Option<Arc<tls::Acceptor>>) -> (Server, Server) {
    let counted = gateway.metrics.clone();
    let public = Server {
        live: Arc::clone(live),
        face: Face::Api,
        tls,
        max_connections: gateway.config.server.max_connections,
        on_connection: Arc::new(move |change| counted.connection(change)),
    };
    let private = Server {
        face: Face::Admin,
        // On loopback, as it is by default, there is nobody to hide from.
        tls: None,
        max_connections: 64,
        on_connection: Arc::new(|_| {}),
        ..public.clone()
    };
    (public, private)
}

/// Ends with SIGTERM or SIGINT.
pub(crate) fn terminated() -> Result<impl Future<Output = ()>, String> {
    let listen = |kind| signal(kind).map_err(|error| format!("signals: {error}"));
    let (mut term, mut int) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let mut hangup = listen(SignalKind::hangup())?;
    Ok(async move {
        loop {
            tokio::select! {
                Some(()) = term.recv() => return,
                Some(()) = int.recv() => return,
                // Who follows a configuration listens too. Its default would end the process.
                Some(()) = hangup.recv() => {}
                else => pending().await,
            }
        }
    })
}

/// Who sets a timer that goes off before all others wakes the runtime, by a system call; each call to a provider sets
/// three. With this one none of them is the first.
async fn beat(end: CancellationToken) {
    while tokio::time::timeout(BEAT, end.cancelled()).await.is_err() {
        // What has been free for a while goes back to the system when something large is freed, and only then; after a
        // burst that may be never.
        drop(black_box(Vec::<u8>::with_capacity(LARGE)));
    }
}

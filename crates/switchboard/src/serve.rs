//! Runs the gateway: sandbox if one is wanted, both listeners, and the drain at the end.

use std::future::pending;
use std::io::{self, IsTerminal, Write};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin::{self, Draining};
use crate::config::{self, Config, Credential};
use crate::gateway::Gateway;
use crate::jwks::Keeper;
use crate::metrics::{Metrics, Start};
use crate::patience::Patience;
use crate::server::Server;
use crate::tls;
use crate::{front, telemetry};

/// Serves until a signal ends it. The error is for the operator.
pub fn run(config: Config) -> Result<(), String> {
    telemetry::begin(&config.telemetry)?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if config.server.workers > 0 {
        runtime.worker_threads(config.server.workers);
    }
    let runtime = runtime
        .enable_all()
        .build()
        .map_err(|error| format!("no threads: {error}"))?;
    runtime.block_on(async {
        // Before anybody can know that it runs: a signal ends it in order from the first moment.
        let end = terminated()?;
        let running = Running::start(config).await?;
        running.announce().map_err(|error| error.to_string())?;
        running.until(end).await;
        Ok(())
    })
}

/// A gateway that listens.
pub struct Running {
    /// What requests share.
    pub gateway: Arc<Gateway>,
    /// Where the API listens.
    pub address: SocketAddr,
    /// Where the admin listener is.
    pub admin_address: SocketAddr,
    sandbox: Option<SocketAddr>,
    draining: Draining,
    stop: CancellationToken,
    stop_admin: CancellationToken,
    api: JoinHandle<()>,
}

impl Running {
    /// Binds and begins to serve.
    pub async fn start(config: Config) -> Result<Self, String> {
        let (stop, stop_admin, services) = <(CancellationToken, CancellationToken, TaskTracker)>::default();
        let sandbox = start_sandbox(&config, &services, &stop_admin).await?;
        let metrics = Metrics::new().map_err(|error| format!("metrics: {error}"))?;
        let (api, admin) = (
            bind(config.server.listen).await?,
            bind(config.server.admin_listen).await?,
        );
        let at = |listener: &TcpListener| listener.local_addr().map_err(|error| error.to_string());
        let (address, admin_address) = (at(&api)?, at(&admin)?);
        let gateway = Arc::new(Gateway::new(config, address, sandbox, metrics)?);
        begin_metrics(&gateway).map_err(|error| format!("metrics: {error}"))?;
        if let Some(keeper) = keeper(&gateway)? {
            services.spawn(keeper.run(stop_admin.clone()));
        }
        let draining = Draining::default();
        let server = &gateway.config.server;
        let tls = match &server.tls {
            Some(settings) => Some(begin_tls(settings, &gateway.metrics, &services, &stop)?),
            None => None,
        };
        let counted = gateway.metrics.clone();
        let public = Server {
            stack: front::stack(&gateway),
            tls,
            patience: Patience {
                idle: server.idle_timeout,
                head: server.header_read_timeout,
                write: server.write_timeout,
            },
            max_header: server.max_header,
            max_connections: server.max_connections,
            trusted_proxies: server.trusted_proxies.clone().into(),
            on_connection: Arc::new(move |change| counted.connection(change)),
        };
        let private = Server {
            stack: admin::stack(&gateway, &draining),
            // On loopback, as it is by default, there is nobody to hide from.
            tls: None,
            max_connections: 64,
            on_connection: Arc::new(|_| {}),
            ..public.clone()
        };
        let api = services.spawn(public.run(api, stop.clone()));
        services.spawn(private.run(admin, stop_admin.clone()));
        Ok(Self {
            gateway,
            address,
            admin_address,
            sandbox,
            draining,
            stop,
            stop_admin,
            api,
        })
    }

    /// Says where what listens, and on a sandbox what to try.
    fn announce(&self) -> io::Result<()> {
        let config = &self.gateway.config;
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
        let is_plain = self.gateway.config.server.tls.is_none();
        format!("{}://{}", if is_plain { "http" } else { "https" }, self.address)
    }

    /// Serves until `end`, then drains: unready at once, no new connections after `drain_delay`, and up to
    /// `drain_timeout` for what is under way.
    pub async fn until(self, end: impl Future<Output = ()>) {
        end.await;
        let server = &self.gateway.config.server;
        self.draining.begin();
        tracing::info!("draining: not ready any more");
        if !io::stdout().is_terminal() {
            tokio::time::sleep(server.drain_delay).await;
        }
        self.stop.cancel();
        self.gateway.tasks.close();
        let finished = async {
            self.api.await.map_err(|error| error.to_string())?;
            self.gateway.tasks.wait().await;
            Ok::<(), String>(())
        };
        match tokio::time::timeout(server.drain_timeout, finished).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(error, "the listener failed while draining"),
            Err(_) => tracing::warn!("`server.drain_timeout` is over; what is still under way is cut off"),
        }
        self.stop_admin.cancel();
        tracing::info!("drained");
    }
}

/// The listener's side of TLS, and what keeps it at what its files say.
fn begin_tls(
    settings: &config::Tls,
    metrics: &Metrics,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> Result<Arc<tls::Acceptor>, String> {
    let acceptor = Arc::new(tls::Acceptor::new(settings)?);
    let reload = tls::Reload {
        tls: settings.clone(),
        acceptor: Arc::clone(&acceptor),
        metrics: metrics.clone(),
    };
    tasks.spawn(reload.run(stop.clone()));
    Ok(acceptor)
}

async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen on {address}: {error}"))
}

/// One stand-in for all sandbox connections; it accepts exactly what they are configured with.
async fn start_sandbox(
    config: &Config,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> Result<Option<SocketAddr>, String> {
    let connections = config
        .connections
        .iter()
        .filter(|connection| connection.is_sandbox());
    let accounts = connections
        .map(|connection| sandbox::Account {
            provider: connection.profile.provider.to_owned(),
            credential: match &connection.credential {
                Credential::Basic { username, password } => sandbox::Credential::Basic {
                    username: username.value.expose_secret().to_owned(),
                    password: password.value.expose_secret().to_owned(),
                },
                Credential::ApiKey(key) => sandbox::Credential::Key(key.value.expose_secret().to_owned()),
            },
        })
        .collect::<Vec<_>>();
    if accounts.is_empty() {
        return Ok(None);
    }
    let anywhere = SocketAddr::new(IpAddr::from([127, 0, 0, 1]), 0);
    let sandbox = sandbox::Sandbox::bind(anywhere, accounts)
        .await
        .map_err(|error| format!("sandbox: {error}"))?;
    let address = sandbox.local_addr();
    tasks.spawn(sandbox.serve(stop.clone()));
    Ok(Some(address))
}

/// Who keeps the keys of the issuer of tokens, while requests are served.
fn keeper(gateway: &Gateway) -> Result<Option<Keeper>, String> {
    match &gateway.tokens {
        Some(tokens) => Keeper::new(&gateway.config, Arc::clone(tokens), gateway.metrics.clone()),
        None => Ok(None),
    }
}

fn begin_metrics(gateway: &Gateway) -> Result<(), impl std::fmt::Display> {
    let connections = gateway
        .connections
        .iter()
        .map(|connection| {
            (
                connection.name.as_str(),
                connection.provider.profile().provider,
                connection.sandbox,
            )
        })
        .collect::<Vec<_>>();
    let config_hash = gateway.config.hash();
    gateway.metrics.begin(&Start {
        config_hash: &config_hash,
        connections: &connections,
        has_issuer: gateway.tokens.is_some(),
        resources: &model::RESOURCES,
    })
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
                // Its default would end the process, which is never what is meant.
                Some(()) = hangup.recv() => tracing::warn!("SIGHUP: certificates are read again; another change of the configuration needs a restart"),
                else => pending().await,
            }
        }
    })
}

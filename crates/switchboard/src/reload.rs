//! Reads the configuration again, with SIGHUP or when a file of it changes, and puts what it says into the place of
//! what runs: all of it or nothing.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::config::{Config, ConfigError, Loaded};
use crate::gateway::Gateway;
use crate::jwks::Keeper;
use crate::live::{Draining, Epoch, Live};
use crate::metrics::Start;
use crate::notify;
use crate::simulator::Simulator;
use crate::telemetry::PANICKED;
use crate::tls;
use crate::watch::Watch;

/// Reads the configuration as it is now.
pub type Source = Arc<dyn Fn() -> Result<Loaded, Vec<ConfigError>> + Send + Sync>;

/// SIGHUP, heard from now on: one that comes before anybody waits for it is not lost.
#[derive(Debug)]
pub struct Hangup(Option<Signal>);

impl Hangup {
    /// Begins to listen.
    pub fn listen() -> Self {
        Self(signal(SignalKind::hangup()).ok())
    }

    /// Waits for it.
    async fn heard(&mut self) {
        let heard = match &mut self.0 {
            Some(hangup) => hangup.recv().await,
            None => None,
        };
        if heard.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// Keeps a gateway at what its configuration says.
pub struct Reloader {
    /// Has it read again.
    pub hangup: Hangup,
    /// Where the configuration is.
    pub source: Source,
    /// Files that it was read from.
    pub files: Vec<PathBuf>,
    /// Looks at them. From before anybody can know that the gateway runs: what changes then is seen.
    pub watch: Watch,
    /// What runs.
    pub live: Arc<Live>,
    /// The listener's side of TLS.
    pub acceptor: Option<Arc<tls::Acceptor>>,
    /// Whether the gateway is about to end.
    pub draining: Draining,
    /// What runs beside the gateway.
    pub attached: Attached,
    /// Where that runs.
    pub services: TaskTracker,
}

/// What runs beside a gateway, for as long as this is kept.
pub struct Attached {
    /// The stand-in for providers.
    pub simulator: Option<Simulator>,
    /// Who keeps the keys of the issuer of tokens.
    pub keeper: Option<DropGuard>,
}

/// Why the configuration runs as it did.
enum Refused {
    Faults(Vec<ConfigError>),
    Other(String),
}

impl From<String> for Refused {
    fn from(problem: String) -> Self {
        Self::Other(problem)
    }
}

impl Reloader {
    /// Follows the configuration until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            self.watch.follow(&self.files);
            let asked = tokio::select! {
                () = stop.cancelled() => return,
                () = self.hangup.heard() => true,
                () = self.watch.changed() => false,
            };
            if asked {
                notify::reloading();
            }
            let result = self.again(asked).await;
            if asked {
                notify::ready();
            }
            let metrics = self.running().metrics.clone();
            metrics.reloaded(result.is_ok());
            match result {
                Ok(()) => {}
                Err(Refused::Other(problem)) => {
                    tracing::error!(problem, "the configuration cannot be used; that of before stays");
                }
                Err(Refused::Faults(faults)) => {
                    for fault in &faults {
                        let ConfigError {
                            file,
                            line,
                            column,
                            key,
                            ..
                        } = fault;
                        tracing::error!(file, line, column, key, problem = %fault,
                            "the configuration cannot be used; that of before stays");
                    }
                }
            }
        }
    }

    async fn again(&mut self, asked: bool) -> Result<(), Refused> {
        let source = Arc::clone(&self.source);
        let loaded = blocking(move || source()).await?.map_err(Refused::Faults)?;
        for warning in &loaded.warnings {
            tracing::warn!("{warning}");
        }
        self.files = loaded.files;
        let running = self.running();
        let (config, waiting) = loaded.config.beside(&running.config);
        // Where it listens stays as it is, whatever the new one says.
        config
            .check_openness(loaded.file.as_deref())
            .map_err(Refused::Faults)?;
        if !waiting.is_empty() {
            tracing::warn!(
                keys = waiting.join(", "),
                "these keys have changed, and need a restart"
            );
        }
        if config.is_same(&running.config) {
            // A file of keys is no part of the configuration.
            if let Some(tokens) = &running.tokens {
                tokens.keys().ask();
            }
            if asked {
                tracing::info!("the configuration is what it was");
            }
            return Ok(());
        }
        self.swap(&running, config).await
    }

    /// Everything that may fail comes first.
    async fn swap(&mut self, running: &Arc<Gateway>, config: Config) -> Result<(), Refused> {
        let certificates = match (&self.acceptor, &config.server.tls) {
            (Some(_), Some(tls)) => Some((tls::Epoch::new(tls)?, tls.not_after())),
            _ => None,
        };
        let simulator = match &self.attached.simulator {
            Some(running) if running.fits(&config) => None,
            _ => Some(Simulator::start(&config, &self.services).await?),
        };
        let sandbox = simulator.as_ref().unwrap_or(&self.attached.simulator);
        let sandbox = sandbox.as_ref().map(|simulator| simulator.address);
        let from = Arc::clone(running);
        let (gateway, takeover) = blocking(move || from.successor(config, sandbox)).await??;
        let keeper = keeper(&gateway)?;

        let gateway = Arc::new(gateway);
        takeover.complete();
        if let (Some(acceptor), Some((certificates, not_after))) = (&self.acceptor, certificates) {
            acceptor.replace(certificates);
            gateway.metrics.certificate_expiry(not_after);
        }
        self.live.store(Epoch::new(Arc::clone(&gateway), &self.draining));
        self.attached.keeper = keeper.map(|keeper| keep(keeper, &self.services));
        if let Some(simulator) = simulator {
            self.attached.simulator = simulator;
        }
        begin_metrics(&gateway, Some(running));
        if gateway.config.has_environment() {
            tracing::info!("a new configuration runs; values from the environment are those of the start");
        } else {
            tracing::info!("a new configuration runs");
        }
        Ok(())
    }

    fn running(&self) -> Arc<Gateway> {
        Arc::clone(&self.live.now().gateway)
    }
}

/// Who keeps the keys of the issuer of tokens, where there is one.
pub fn keeper(gateway: &Gateway) -> Result<Option<Keeper>, String> {
    let jwt = gateway.config.auth.jwt.as_ref();
    let keeper = jwt
        .zip(gateway.tokens.as_ref())
        .map(|(jwt, tokens)| Keeper::new(&jwt.jwks, Arc::clone(tokens.keys()), gateway.metrics.clone()));
    keeper.transpose()
}

/// Keeps them until the guard is dropped.
pub fn keep(keeper: Keeper, services: &TaskTracker) -> DropGuard {
    let stop = CancellationToken::new();
    services.spawn(keeper.run(stop.clone()));
    stop.drop_guard()
}

/// Sets what metrics tell of a configuration.
pub fn begin_metrics(gateway: &Gateway, before: Option<&Gateway>) {
    let metrics = &gateway.metrics;
    for gone in before.into_iter().flat_map(|before| before.connections.iter()) {
        if gateway.connection(&gone.name).is_err() {
            metrics.upstream.forget(gone.name.as_str());
        }
    }
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
    metrics.begin(&Start {
        config_hash: &gateway.config.hash(),
        connections: &connections,
        has_issuer: gateway.tokens.is_some(),
        resources: &model::RESOURCES,
    });
}

/// Files may lie on something slow, and the platform's certificates are many.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| PANICKED.to_owned())
}

//! The gateway at work: everything that requests share, made from a configuration.

use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use layers::authenticate::Attempts;
use layers::cache::{Cache, CacheObserver, KeyMaker, Settings};
use layers::jwt::Tokens;
use layers::upstream::{CallObserver, Circuit, CircuitSettings, Credential};
use model::{Account, Code, ConnectionName, Error, ResourceId, Result};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::task::TaskTracker;

use crate::access;
use crate::config::{self, BaseUrl, Config};
use crate::connection::Connection;
use crate::cursor::Seal;
use crate::drift::DriftLog;
use crate::locks::Locks;
use crate::metrics::Metrics;
use crate::upstream;
use crate::wire::{self, Trust};

/// Fills of the cache under way at once.
const MAX_FILLS: usize = 1024;

/// What requests share.
pub struct Gateway {
    /// The configuration that runs.
    pub config: Config,
    /// Where the API listens.
    pub address: SocketAddr,
    /// In the order of the configuration.
    pub connections: Vec<Connection>,
    /// The cache.
    pub cache: Cache,
    /// Makes its keys.
    pub keys: KeyMaker,
    /// Seals cursors.
    pub seal: Seal,
    /// Tokens that are accepted beside keys, where there is an issuer.
    pub tokens: Option<Arc<Tokens>>,
    /// Failed attempts to come in, on both listeners.
    pub attempts: Arc<Attempts>,
    /// Turns for writes.
    pub locks: Locks,
    /// Drift seen so far.
    pub drift: DriftLog,
    /// Every metric.
    pub metrics: Metrics,
    /// Every task that outlives a request.
    pub tasks: TaskTracker,
}

impl Gateway {
    /// Builds it. `sandbox` is where the built-in stand-in listens, if a connection leads to it.
    pub fn new(
        config: Config,
        address: SocketAddr,
        sandbox: Option<SocketAddr>,
        metrics: Metrics,
    ) -> std::result::Result<Self, String> {
        let tasks = TaskTracker::new();
        let connections = config
            .connections
            .iter()
            .enumerate()
            .map(|(index, settings)| connect(index, settings, sandbox, &metrics))
            .collect::<std::result::Result<Vec<_>, String>>()?;
        let settings = Settings {
            max_bytes: config.cache.max_bytes as u64,
            max_fills: MAX_FILLS,
        };
        let (drift_metrics, secret) = (metrics.clone(), secret(&config));
        Ok(Self {
            connections,
            cache: Cache::new(settings, tasks.clone(), Arc::new(CacheMetrics(metrics.clone()))),
            keys: KeyMaker::default(),
            seal: Seal::new(&secret),
            tokens: access::tokens(&config, &secret),
            attempts: Arc::default(),
            locks: Locks::default(),
            drift: DriftLog::new(Box::new(move |provider, resource, kind| {
                drift_metrics.drift(provider, resource, kind);
            })),
            metrics,
            tasks,
            config,
            address,
        })
    }

    /// An id in the spelling that stands for all of its spellings.
    pub fn subject(&self, id: &ResourceId) -> String {
        match self.connection(&id.connection) {
            Ok(connection) => format!("{}:{}", id.connection, connection.provider.subject(&id.native)),
            Err(_) => id.to_string(),
        }
    }

    /// The connection of that name.
    pub fn connection(&self, name: &ConnectionName) -> Result<&Connection> {
        self.connections
            .iter()
            .find(|connection| connection.name == *name)
            .ok_or_else(|| {
                Error::client(
                    Code::NotFound,
                    format!("There is no connection `{name}`; GET /v1/connections lists them."),
                )
            })
    }
}

fn connect(
    index: usize,
    settings: &config::Connection,
    sandbox: Option<SocketAddr>,
    metrics: &Metrics,
) -> std::result::Result<Connection, String> {
    let at = |problem: String| format!("connections.{}: {problem}", settings.name);
    let provider =
        providers::find(settings.profile.provider).ok_or_else(|| at("unknown provider".to_owned()))?;
    let base_url = match (&settings.base_url, sandbox) {
        (BaseUrl::At(url), _) => url.clone(),
        (BaseUrl::Sandbox, Some(address)) => format!("http://{address}"),
        (BaseUrl::Sandbox, None) => return Err(at("the sandbox does not run".to_owned())),
    };
    let credential = Credential::new(settings.profile.auth, |key| credential(&settings.credential, key))
        .map_err(|error| at(error.to_string()))?;
    let observer: Arc<dyn CallObserver> = Arc::new(
        metrics
            .upstream
            .connection(settings.name.as_str(), settings.limits.max_concurrency),
    );
    let circuit = circuit(settings, Arc::clone(&observer));
    let trust = match settings.ca.as_slice() {
        _ if base_url.starts_with("http:") => Trust::Plain,
        [] => Trust::Platform,
        roots => Trust::Roots(roots),
    };
    let (stack, streams) = upstream::stacks(&upstream::Parts {
        settings,
        profile: settings.profile,
        base_url: base_url.as_str().into(),
        credential: Arc::new(ArcSwap::from_pointee(credential)),
        circuit: circuit.clone(),
        observer,
        pool: wire::pool(settings.limits.connect_timeout, trust)
            .map_err(|error| at(format!("TLS: {error}")))?,
    });
    Ok(Connection {
        name: settings.name.clone(),
        index: u32::try_from(index).unwrap_or(u32::MAX),
        sandbox: settings.is_sandbox(),
        provider,
        account: Arc::new(Account {
            connection: settings.name.clone(),
            base_url,
            options: settings.options.clone(),
        }),
        stack,
        streams,
        max_response: settings.limits.max_response,
        circuit,
    })
}

fn circuit(settings: &config::Connection, observer: Arc<dyn CallObserver>) -> Circuit {
    let limits = &settings.limits.circuit;
    let settings = CircuitSettings {
        failure_ratio: limits.failure_ratio,
        minimum_requests: limits.minimum_requests,
        window: limits.window,
        open: limits.open,
    };
    Circuit::new(settings, observer)
}

/// The secret of that key in a connection's table.
fn credential(configured: &config::Credential, key: &str) -> Option<SecretString> {
    match (configured, key) {
        (config::Credential::Basic { username, .. }, "username") => Some(username.value.clone()),
        (config::Credential::Basic { password, .. }, "password") => Some(password.value.clone()),
        (config::Credential::ApiKey(secret), "api_key") => Some(secret.value.clone()),
        _ => None,
    }
}

/// What keys cursors and pseudonyms. Without one of its own it is made from the hashes of the clients' keys, so that replicas
/// with the same clients understand each other's cursors; without any it is random.
fn secret(config: &Config) -> Vec<u8> {
    if let Some(secret) = &config.server.secret {
        return secret.value.expose_secret().as_bytes().to_vec();
    }
    let keys = config
        .clients
        .iter()
        .flat_map(|client| &client.keys)
        .flatten()
        .copied()
        .collect::<Vec<u8>>();
    if keys.is_empty() {
        let seed = RandomState::new();
        return [seed.hash_one(0), seed.hash_one(1)]
            .map(u64::to_be_bytes)
            .concat();
    }
    keys
}

struct CacheMetrics(Metrics);

impl CacheObserver for CacheMetrics {
    fn request(&self, resource: &'static str, result: &'static str) {
        self.0.cache_request(resource, result);
    }
}

//! The gateway at work: everything that requests share, made from a configuration, anew or after another one.

use std::net::SocketAddr;
use std::sync::Arc;

use aws_lc_rs::{digest, rand};
use layers::authenticate::Attempts;
use layers::cache::{Cache, KeyMaker, Purge};
use layers::client_limit::ClientLimit;
use layers::idempotency::Idempotency;
use layers::jwt::Tokens;
use layers::trace::Tracer;
use model::{Code, ConnectionName, Error, ResourceId, Result};
use secrecy::{ExposeSecret, SecretSlice};
use store::Store;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::connection::{Connection, Connections, Fingerprint, Rotation, Setup};
use crate::cursor::Seal;
use crate::drift::DriftLog;
use crate::kept::Keeping;
use crate::locks::Locks;
use crate::metrics::Metrics;
use crate::traces::Traces;
use crate::{access, connection, replicas};

/// What requests share.
pub struct Gateway {
    /// The configuration that runs.
    pub config: Arc<Config>,
    /// Where the API listens.
    pub address: SocketAddr,
    /// Where clients reach it, without a trailing slash.
    pub public_url: String,
    /// In the order of the configuration.
    pub connections: Connections,
    /// Stands for all of them.
    pub fingerprint: Fingerprint,
    /// The cache.
    pub cache: Cache,
    /// Makes its keys.
    pub keys: KeyMaker,
    /// Seals cursors.
    pub seal: Seal,
    /// Tokens that are accepted beside keys, where there is an issuer.
    pub tokens: Option<Arc<Tokens>>,
    /// What clients may ask for in a time.
    pub limits: ClientLimit,
    /// Ends of writes that may come again.
    pub idempotency: Idempotency,
    /// Failed attempts to come in, on both listeners.
    pub attempts: Arc<Attempts>,
    /// Turns for writes.
    pub locks: Arc<Locks>,
    /// Drift seen so far.
    pub drift: Arc<DriftLog>,
    /// Every metric.
    pub metrics: Metrics,
    /// What replicas share, if they do.
    pub store: Option<Store>,
    /// Where spans go, if they go anywhere.
    pub traces: Option<Traces>,
    /// Every task that outlives a request.
    pub tasks: TaskTracker,
    keeping: Keeping,
    secret: SecretSlice<u8>,
}

/// What a successor changes in what it shares with the one before, once it takes over.
pub struct Takeover {
    rotations: Vec<Rotation>,
    void: Option<Cache>,
}

impl Takeover {
    /// Changes it.
    pub fn complete(self) {
        self.rotations.into_iter().for_each(Rotation::apply);
        if let Some(cache) = self.void {
            drop(cache.forget(Purge::All));
        }
    }
}

impl Gateway {
    /// Builds it. `sandbox` is where the built-in stand-in listens, if a connection leads to it.
    pub fn new(
        config: Config,
        address: SocketAddr,
        sandbox: Option<SocketAddr>,
        metrics: Metrics,
        store: Option<Store>,
    ) -> std::result::Result<Self, String> {
        let tasks = TaskTracker::new();
        let secret = secret(&config).map_or_else(random, Ok)?;
        let keeping = Keeping::new(secret.expose_secret(), store.as_ref(), &tasks);
        let setups = setups(&config, sandbox, &metrics, store.as_ref());
        let connections = setups
            .map(|setup| Connection::new(&setup))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let drift = metrics.clone();
        Ok(Self {
            fingerprint: fingerprint(&connections),
            connections: connections.into(),
            cache: keeping.cache(&config, &tasks, &metrics),
            keys: keeping.keys(),
            seal: Seal::new(secret.expose_secret()),
            tokens: access::tokens(&config, secret.expose_secret(), Arc::default()),
            limits: access::limit(&config, &metrics, None),
            idempotency: keeping.idempotency(&config),
            keeping,
            attempts: Arc::default(),
            locks: Arc::default(),
            drift: Arc::new(DriftLog::new(Box::new(move |provider, resource, kind| {
                drift.drift(provider, resource, kind);
            }))),
            metrics,
            store,
            traces: None,
            tasks,
            public_url: config.server.public_url(address),
            config: Arc::new(config),
            address,
            secret,
        })
    }

    /// The same, with requests traced.
    #[must_use]
    pub fn traced(mut self, traces: Option<Traces>) -> Self {
        self.traces = traces;
        self
    }

    /// What decides which requests are traced.
    pub fn tracer(&self) -> Option<Arc<Tracer>> {
        self.traces.as_ref().map(|traces| traces.tracer(&self.config))
    }

    /// The one that can take over from this one with another configuration. Until the takeover is complete nothing
    /// changes here.
    pub fn successor(
        &self,
        config: Config,
        sandbox: Option<SocketAddr>,
    ) -> std::result::Result<(Self, Takeover), String> {
        let secret = secret(&config).unwrap_or_else(|| self.secret.clone());
        let (mut connections, mut rotations) = (Vec::new(), Vec::new());
        for setup in setups(&config, sandbox, &self.metrics, self.store.as_ref()) {
            let (connection, rotation) = self.inherit(&setup)?;
            connections.push(connection);
            rotations.extend(rotation);
        }
        let (keeping, keys, idempotency) = self.keep(&config, &secret);
        let cache = if keeping.is_none() && config.cache.max_bytes == self.config.cache.max_bytes {
            self.cache.clone()
        } else {
            let keeping = keeping.as_ref().unwrap_or(&self.keeping);
            keeping.cache(&config, &self.tasks, &self.metrics)
        };
        let issuer = |config: &Config| {
            config
                .auth
                .jwt
                .as_ref()
                .map(|jwt| (jwt.issuer.clone(), jwt.jwks.clone()))
        };
        let has_same_issuer = issuer(&config) == issuer(&self.config);
        let issuer_keys = self.tokens.as_ref().filter(|_| has_same_issuer);
        let issuer_keys = issuer_keys
            .map(|tokens| Arc::clone(tokens.keys()))
            .unwrap_or_default();
        let takeover = Takeover {
            rotations,
            // Entries carry the lifetimes that they were stored with.
            void: (config.cache != self.config.cache).then(|| cache.clone()),
        };
        let successor = Self {
            fingerprint: fingerprint(&connections),
            connections: connections.into(),
            cache,
            keys,
            seal: Seal::new(secret.expose_secret()),
            tokens: access::tokens(&config, secret.expose_secret(), issuer_keys),
            limits: access::limit(&config, &self.metrics, Some(&self.limits)),
            idempotency,
            keeping: keeping.unwrap_or_else(|| self.keeping.clone()),
            attempts: Arc::clone(&self.attempts),
            locks: Arc::clone(&self.locks),
            drift: Arc::clone(&self.drift),
            metrics: self.metrics.clone(),
            store: self.store.clone(),
            traces: self.traces.clone(),
            tasks: self.tasks.clone(),
            public_url: config.server.public_url(self.address),
            config: Arc::new(config),
            address: self.address,
            secret,
        };
        Ok((successor, takeover))
    }

    /// One that decides as this one does, over other connections. Whatever it counts, keeps or forgets, nothing changes
    /// here.
    pub fn rehearsal(&self, connections: Vec<Connection>) -> std::result::Result<Self, String> {
        let metrics = Metrics::new().map_err(|error| error.to_string())?;
        let tasks = TaskTracker::new();
        let keeping = Keeping::new(self.secret.expose_secret(), None, &tasks);
        Ok(Self {
            config: Arc::clone(&self.config),
            address: self.address,
            public_url: self.public_url.clone(),
            connections: connections.into(),
            fingerprint: self.fingerprint,
            cache: keeping.cache(&self.config, &tasks, &metrics),
            keys: self.keys.clone(),
            seal: self.seal.clone(),
            tokens: self.tokens.clone(),
            limits: access::limit(&self.config, &metrics, None),
            idempotency: keeping.idempotency(&self.config),
            attempts: Arc::default(),
            locks: Arc::default(),
            drift: Arc::new(DriftLog::new(Box::new(|_, _, _| ()))),
            metrics,
            store: None,
            traces: None,
            tasks,
            keeping,
            secret: self.secret.clone(),
        })
    }

    /// What keeps, if it has to be another: what replicas share is sealed with the secret, and one that was replaced
    /// must not open anything any more. What is kept in memory alone outlives it.
    fn keep(&self, config: &Config, secret: &SecretSlice<u8>) -> (Option<Keeping>, KeyMaker, Idempotency) {
        let secret = secret.expose_secret();
        if self.store.is_none() || secret == self.secret.expose_secret() {
            return (None, self.keys.clone(), self.idempotency.clone());
        }
        let keeping = Keeping::new(secret, self.store.as_ref(), &self.tasks);
        let (keys, idempotency) = (keeping.keys(), keeping.idempotency(config));
        (Some(keeping), keys, idempotency)
    }

    /// The connection as it is here, if it leads the same way there, or a new one.
    fn inherit(&self, setup: &Setup<'_>) -> std::result::Result<(Connection, Option<Rotation>), String> {
        let settings = setup.settings;
        let before = self
            .config
            .connections
            .iter()
            .find(|before| before.has_same_way(settings));
        let connection = self.connections.named(settings.name.as_str());
        let base_url = setup.base_url()?;
        match (before, connection) {
            (Some(before), Some(connection)) if connection.account.base_url == base_url => {
                connection.again(setup, &before.credential)
            }
            _ => Ok((Connection::new(setup)?, None)),
        }
    }

    /// Whether the store that replicas share is `ok` or `away`, if they share one.
    pub fn store_status(&self) -> Option<&'static str> {
        // Also the moment in which it is here again, but others have yet to be told.
        let shares = self.store.as_ref()?.is_here() && self.cache.is_in_step();
        Some(if shares { "ok" } else { "away" })
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
        self.connections.named(name.as_str()).ok_or_else(|| {
            Error::client(
                Code::NotFound,
                format!("There is no connection `{name}`; GET /v1/connections lists them."),
            )
        })
    }
}

fn setups<'a>(
    config: &'a Config,
    sandbox: Option<SocketAddr>,
    metrics: &'a Metrics,
    store: Option<&'a Store>,
) -> impl Iterator<Item = Setup<'a>> {
    config
        .connections
        .iter()
        .enumerate()
        .map(move |(index, settings)| Setup {
            index,
            settings,
            sandbox,
            metrics,
            shared: replicas::limits(config, store),
        })
}

fn fingerprint(connections: &[Connection]) -> Fingerprint {
    let mut digest = digest::Context::new(&digest::SHA256);
    for connection in connections {
        digest.update(&connection.fingerprint);
    }
    connection::shortened(digest.finish().as_ref())
}

/// What keys cursors and pseudonyms. Without one of its own it is made from the hashes of the clients' keys, so that replicas
/// with the same clients understand each other's cursors.
fn secret(config: &Config) -> Option<SecretSlice<u8>> {
    if let Some(secret) = &config.server.secret {
        return Some(secret.value.expose_secret().as_bytes().to_vec().into());
    }
    let keys = config
        .clients
        .iter()
        .flat_map(|client| &client.keys)
        .flatten()
        .copied()
        .collect::<Vec<u8>>();
    (!keys.is_empty()).then(|| keys.into())
}

fn random() -> std::result::Result<SecretSlice<u8>, String> {
    let mut bytes = vec![0; 32];
    rand::fill(&mut bytes).map_err(|_| "the system has no random numbers".to_owned())?;
    Ok(bytes.into())
}

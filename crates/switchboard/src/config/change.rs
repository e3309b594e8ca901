//! What a configuration that was read again changes: anything at all, and what it cannot change in a process that
//! runs.

use secrecy::ExposeSecret;
use serde_json::Value;

use super::{Config, Connection, Credential, Secret, Tls};

/// How to take a value over from the configuration that runs.
type TakeOver = fn(&mut Config, &Config);

/// What belongs to open sockets, those of store and collector among them, and running threads: its place in the view, and how to take
/// it over.
const FIXED: [(&str, TakeOver); 11] = [
    ("/server/listen", |new, old| new.server.listen = old.server.listen),
    ("/server/admin_listen", |new, old| {
        new.server.admin_listen = old.server.admin_listen;
    }),
    ("/server/workers", |new, old| {
        new.server.workers = old.server.workers;
    }),
    ("/server/max_connections", |new, old| {
        new.server.max_connections = old.server.max_connections;
    }),
    ("/telemetry/log", |new, old| {
        new.telemetry.log.clone_from(&old.telemetry.log);
    }),
    ("/telemetry/log_format", |new, old| {
        new.telemetry.log_format = old.telemetry.log_format;
    }),
    ("/telemetry/otlp_endpoint", |new, old| {
        let collector = &old.telemetry.otlp_endpoint;
        new.telemetry.otlp_endpoint.clone_from(collector);
    }),
    (STORE, |new, old| new.store.redis.clone_from(&old.store.redis)),
    ("/store/timeout", |new, old| {
        new.store.timeout = old.store.timeout;
    }),
    ("/store/on_error", |new, old| {
        new.store.on_error = old.store.on_error;
    }),
    // Whether there is any; what is in it may change.
    (TLS, |new, old| new.server.tls.clone_from(&old.server.tls)),
];

const TLS: &str = "/server/tls";
const STORE: &str = "/store/redis";

/// Whether a change of the key takes effect with a restart alone.
pub(super) fn needs_restart(key: &str) -> bool {
    let place = format!("/{}", key.replace('.', "/"));
    FIXED.iter().any(|(fixed, _)| *fixed == place)
}

impl Config {
    /// Whether both mean the same, with what their secrets and certificates are now.
    pub fn is_same(&self, other: &Self) -> bool {
        let tls = match (&self.server.tls, &other.server.tls) {
            (Some(one), Some(other)) => one.is_same(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        let roots = |config: &'_ Self| {
            let connections = config.connections.iter();
            connections.map(|c| c.ca.clone()).collect::<Vec<_>>()
        };
        // The view shows no queries of URLs.
        let keys = |config: &'_ Self| config.auth.jwt.as_ref().map(|jwt| jwt.jwks.clone());
        tls && self.view == other.view
            && keys(self) == keys(other)
            && roots(self) == roots(other)
            && self.secrets().map(exposed).eq(other.secrets().map(exposed))
    }

    /// This one with what only a restart can change as it is in `running`, and the keys that say something else.
    pub fn beside(mut self, running: &Self) -> (Self, Vec<String>) {
        let mut waiting = Vec::new();
        for (place, take_over) in FIXED {
            let (new, old) = (self.view.pointer(place), running.view.pointer(place));
            let differs = match place {
                TLS => self.server.tls.is_some() != running.server.tls.is_some(),
                // What the secret that it may be says now.
                STORE => self.store.redis != running.store.redis,
                _ => new != old,
            };
            if differs {
                waiting.push(place.trim_start_matches('/').replace('/', "."));
                let old = old.cloned();
                take_over(&mut self, running);
                put(&mut self.view, place, old);
            }
        }
        (self, waiting)
    }

    /// Whether a value comes from the environment, which is that of the start for as long as the process runs.
    pub fn has_environment(&self) -> bool {
        let mut references = self.secrets().filter_map(|secret| secret.reference.as_deref());
        references.any(|reference| reference.starts_with("env:"))
    }

    fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let connections = self.connections.iter().map(|connection| &connection.credential);
        self.server
            .secret
            .iter()
            .chain(connections.flat_map(Credential::secrets))
    }
}

impl Connection {
    /// Whether what leads to the provider can stay: all but the credential is the same.
    pub fn has_same_way(&self, other: &Self) -> bool {
        self.name == other.name
            && self.profile.provider == other.profile.provider
            && self.base_url == other.base_url
            && self.limits == other.limits
            && self.options == other.options
            && self.ca == other.ca
    }
}

impl Credential {
    /// Whether both are the same to the provider.
    pub fn is_same(&self, other: &Self) -> bool {
        self.secrets().map(exposed).eq(other.secrets().map(exposed))
    }

    fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let (one, other) = match self {
            Self::Basic { username, password } => (username, Some(password)),
            Self::ApiKey(key) => (key, None),
        };
        [Some(one), other].into_iter().flatten()
    }
}

impl Tls {
    /// Whether both mean the same to clients.
    pub fn is_same(&self, other: &Self) -> bool {
        self.identity.cert == other.identity.cert && self.client_ca.roots == other.client_ca.roots
    }
}

fn exposed(secret: &Secret) -> &str {
    secret.value.expose_secret()
}

pub(super) fn put(view: &mut Value, place: &str, value: Option<Value>) {
    let (table, key) = place.rsplit_once('/').unwrap_or_default();
    let Some(table) = view.pointer_mut(table).and_then(Value::as_object_mut) else {
        return;
    };
    match value {
        Some(value) => table.insert(key.to_owned(), value),
        None => table.remove(key),
    };
}

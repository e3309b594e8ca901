//! A connection at work: the adapter, the account, and the stack that leads to the provider.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::digest;
use layers::SharedLimits;
use layers::upstream::{CallObserver, Circuit, CircuitSettings, Credential, PaceLayer, PaceSettings};
use model::{Account, ConnectionName, Provider, Support, path};
use secrecy::{ExposeSecret, SecretString};

use crate::config::{self, BaseUrl};
use crate::metrics::{ConnectionLabels, Metrics};
use crate::upstream::{self, ProviderStack, Streams};
use crate::wire::{self, Trust};

/// A configured account at a provider, ready for calls. Clones lead the same way.
#[derive(Clone)]
pub struct Connection {
    /// Its name.
    pub name: ConnectionName,
    /// Its place in the configuration.
    pub index: u32,
    /// Whether it leads to the built-in stand-in.
    pub sandbox: bool,
    /// The adapter.
    pub provider: Arc<dyn Provider>,
    /// What the adapter knows of it.
    pub account: Arc<Account>,
    /// The way to the provider.
    pub stack: ProviderStack,
    /// The way to the provider for what is passed through.
    pub streams: Streams,
    /// The largest body that is read as a whole.
    pub max_response: usize,
    /// How the provider has been doing.
    pub circuit: Circuit,
    /// How fast it may be asked.
    pub pace: PaceLayer,
    /// What was counted of it.
    pub counted: ConnectionLabels,
    /// Stands for all that shapes what is read over it: another one, other answers.
    pub fingerprint: Fingerprint,
    credential: Arc<ArcSwap<Credential>>,
}

/// Connections in the order of the configuration.
pub struct Connections {
    listed: Vec<Connection>,
    /// Their places, by name: there may be a thousand of them, and each request looks for one.
    by_name: Vec<usize>,
}

impl Connections {
    /// The one of that name.
    pub fn named(&self, name: &str) -> Option<&Connection> {
        let name_at = |place: &usize| self.listed.get(*place).map(|connection| connection.name.as_str());
        let found = self
            .by_name
            .binary_search_by(|place| name_at(place).cmp(&Some(name)));
        self.listed.get(*self.by_name.get(found.ok()?)?)
    }
}

impl From<Vec<Connection>> for Connections {
    fn from(listed: Vec<Connection>) -> Self {
        let mut by_name: Vec<_> = listed.iter().enumerate().collect();
        by_name.sort_unstable_by_key(|(_, connection)| &connection.name);
        Self {
            by_name: by_name.into_iter().map(|(place, _)| place).collect(),
            listed,
        }
    }
}

impl Deref for Connections {
    type Target = [Connection];

    fn deref(&self) -> &[Connection] {
        &self.listed
    }
}

/// A hash of a connection's account and credential, the same for all replicas. It is not for anybody to see.
pub type Fingerprint = [u8; 16];

/// What a connection is made from.
pub struct Setup<'a> {
    /// Its place in the configuration.
    pub index: usize,
    /// Its table there.
    pub settings: &'a config::Connection,
    /// Where the built-in stand-in listens, if it runs.
    pub sandbox: Option<SocketAddr>,
    /// Who counts.
    pub metrics: &'a Metrics,
    /// The rate is one for all replicas, where they share a store.
    pub shared: Option<SharedLimits>,
}

/// A credential that is yet to take the place of another one.
pub struct Rotation {
    place: Arc<ArcSwap<Credential>>,
    credential: Arc<Credential>,
}

impl Rotation {
    /// Attempts that are yet to come use it.
    pub fn apply(self) {
        self.place.store(self.credential);
    }
}

impl Connection {
    /// A new one.
    pub fn new(setup: &Setup<'_>) -> Result<Self, String> {
        let settings = setup.settings;
        let provider =
            providers::find(settings.profile.provider).ok_or_else(|| setup.at("unknown provider"))?;
        let base_url = setup.base_url()?;
        let capabilities = settings.profile.capabilities;
        let counted = setup.metrics.upstream.connection(
            settings.name.as_str(),
            settings.limits.max_concurrency,
            |operation| capabilities.of(operation, &settings.options) != Support::Unsupported,
        );
        let observer: Arc<dyn CallObserver> = Arc::new(counted.clone());
        let circuit = circuit(settings, Arc::clone(&observer));
        let credential = Arc::new(ArcSwap::from_pointee(setup.credential()?));
        let trust = match settings.ca.as_slice() {
            _ if base_url.starts_with("http:") => Trust::Plain,
            [] => Trust::Platform,
            roots => Trust::Roots(roots),
        };
        let pace = pace(setup, Arc::clone(&observer));
        let (stack, streams) = upstream::stacks(&upstream::Parts {
            settings,
            profile: settings.profile,
            base_url: base_url.as_str().into(),
            credential: Arc::clone(&credential),
            circuit: circuit.clone(),
            pace: pace.clone(),
            observer,
            pool: wire::pool(&base_url, settings.limits.connect_timeout, trust)
                .map_err(|error| setup.at(&error))?,
        });
        Ok(Self {
            name: settings.name.clone(),
            index: setup.index(),
            sandbox: settings.is_sandbox(),
            provider,
            fingerprint: setup.fingerprint(&base_url),
            account: Arc::new(Account {
                connection: settings.name.clone(),
                base_url,
                options: settings.options.clone(),
            }),
            stack,
            streams,
            max_response: settings.limits.max_response,
            circuit,
            pace,
            counted,
            credential,
        })
    }

    /// This one in a new place, perhaps with another credential; for where everything else stays.
    pub fn again(
        &self,
        setup: &Setup<'_>,
        before: &config::Credential,
    ) -> Result<(Self, Option<Rotation>), String> {
        let rotation = if setup.settings.credential.is_same(before) {
            None
        } else {
            Some(Rotation {
                place: Arc::clone(&self.credential),
                credential: Arc::new(setup.credential()?),
            })
        };
        let next = Self {
            index: setup.index(),
            fingerprint: setup.fingerprint(&self.account.base_url),
            ..self.clone()
        };
        Ok((next, rotation))
    }

    /// This one by other ways.
    #[must_use]
    pub fn by(&self, stack: ProviderStack, streams: Streams) -> Self {
        Self {
            stack,
            streams,
            ..self.clone()
        }
    }

    /// As clients see it.
    pub fn view(&self) -> model::Connection {
        let profile = self.provider.profile();
        model::Connection {
            name: self.name.clone(),
            path: path(["v1", "connections", self.name.as_str()]),
            provider: profile.provider,
            api: profile.api,
            sandbox: self.sandbox,
            health: self.circuit.health(),
            capabilities: profile.capabilities.with(&self.account.options),
            unsupported_fields: profile.unsupported_fields.iter().copied().collect(),
        }
    }
}

impl Setup<'_> {
    /// Where it leads.
    pub fn base_url(&self) -> Result<String, String> {
        match (&self.settings.base_url, self.sandbox) {
            (BaseUrl::At(url), _) => Ok(url.clone()),
            (BaseUrl::Sandbox, Some(address)) => Ok(format!("http://{address}")),
            (BaseUrl::Sandbox, None) => Err(self.at("the sandbox does not run")),
        }
    }

    fn index(&self) -> u32 {
        u32::try_from(self.index).unwrap_or(u32::MAX)
    }

    fn credential(&self) -> Result<Credential, String> {
        let configured = &self.settings.credential;
        Credential::new(self.settings.profile.auth, |key| secret(configured, key))
            .map_err(|error| self.at(&error.to_string()))
    }

    fn fingerprint(&self, base_url: &str) -> Fingerprint {
        let mut digest = digest::Context::new(&digest::SHA256);
        let mut add = |part: &str| {
            digest.update(&part.len().to_be_bytes());
            digest.update(part.as_bytes());
        };
        let Self { settings, .. } = self;
        add(settings.name.as_str());
        add(settings.profile.provider);
        add(base_url);
        add(&format!("{:?}", settings.options));
        for key in ["username", "password", "api_key"] {
            if let Some(secret) = secret(&settings.credential, key) {
                add(secret.expose_secret());
            }
        }
        shortened(digest.finish().as_ref())
    }

    fn at(&self, problem: &str) -> String {
        format!("connections.{}: {problem}", self.settings.name)
    }
}

/// The beginning of a longer hash.
pub fn shortened(hash: &[u8]) -> Fingerprint {
    hash.first_chunk().copied().unwrap_or_default()
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

fn pace(setup: &Setup<'_>, observer: Arc<dyn CallObserver>) -> PaceLayer {
    let config::Connection { name, limits, .. } = setup.settings;
    let settings = PaceSettings {
        rate: limits.rate.checked(),
        max_concurrency: limits.max_concurrency,
        max_wait: limits.max_wait,
        max_pause: limits.max_pause,
    };
    let alone = PaceLayer::new(settings, observer);
    match &setup.shared {
        Some(limits) => alone.sharing(limits.clone(), name.as_str()),
        None => alone,
    }
}

/// The secret of that key in a connection's table.
fn secret(configured: &config::Credential, key: &str) -> Option<SecretString> {
    match (configured, key) {
        (config::Credential::Basic { username, .. }, "username") => Some(username.value.clone()),
        (config::Credential::Basic { password, .. }, "password") => Some(password.value.clone()),
        (config::Credential::ApiKey(secret), "api_key") => Some(secret.value.clone()),
        _ => None,
    }
}

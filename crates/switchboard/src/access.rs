//! Who may come in and from where, made from the configuration for the layers that ask.

use std::sync::Arc;
use std::time::SystemTime;

use layers::authenticate::{AuthFailure, Authenticate, Clients, Key, Subject};
use layers::client_limit::{ClientLimit, Limit};
use layers::cors::Origins;
use layers::jwt::{Grants, Keys, Tokens};
use layers::{Client, Permissions};

use crate::config::{self, Config, LimitedBy, Mode};
use crate::gateway::Gateway;
use crate::metrics::Metrics;

/// Origins that browsers may call from. With nothing but sandboxes, also a front end under development.
pub fn origins(config: &Config) -> Origins {
    widened(config, Origins::new(config.cors.allowed_origins.iter().cloned()))
}

/// Those origins, and our own.
pub fn own_origins(gateway: &Gateway) -> Origins {
    let config = &gateway.config;
    let own = gateway.public_url.clone();
    widened(
        config,
        Origins::new(config.cors.allowed_origins.iter().cloned().chain([own])),
    )
}

fn widened(config: &Config, origins: Origins) -> Origins {
    if config.is_sandbox_only() {
        origins.with_localhost()
    } else {
        origins
    }
}

/// The layer that finds out who asks. On paths with the prefix `native`, as providers' libraries say it too.
pub fn authenticate(gateway: &Arc<Gateway>, native: Option<&'static str>) -> Authenticate {
    Authenticate {
        clients: clients(gateway),
        subjects: subjects(&gateway.config),
        native,
        attempts: Arc::clone(&gateway.attempts),
        on_failure: on_failure(gateway),
    }
}

/// The tokens that are accepted.
pub fn tokens(config: &Config, secret: &[u8], keys: Arc<Keys>) -> Option<Arc<Tokens>> {
    let jwt = config.auth.jwt.as_ref()?;
    let grants = Grants {
        scopes_claim: jwt.scopes_claim.clone(),
        connections_claim: jwt.connections_claim.clone(),
        clients: config.clients.iter().map(configured).map(Arc::new).collect(),
        other: Client {
            name: "other".to_owned(),
            index: u32::try_from(config.clients.len()).unwrap_or(u32::MAX),
            ..everything(config)
        },
    };
    let (issuer, audience) = (jwt.issuer.clone(), jwt.audience.clone());
    Some(Arc::new(Tokens::new(issuer, audience, grants, secret, keys)))
}

fn clients(gateway: &Gateway) -> Clients {
    let config = &gateway.config;
    if config.auth.mode == Mode::None {
        return Clients::Anonymous(Arc::new(everything(config)));
    }
    let keys = config.clients.iter().flat_map(|settings| {
        let client = Arc::new(configured(settings));
        let not_after = settings.not_after.map(SystemTime::from);
        settings.keys.iter().map(move |sha256| Key {
            sha256: *sha256,
            not_after,
            client: Arc::clone(&client),
        })
    });
    Clients::Known {
        keys: keys.collect(),
        tokens: gateway.tokens.clone(),
    }
}

/// The client of that name; where everybody comes in, `anonymous`.
pub fn named(config: &Config, name: &str) -> Option<Client> {
    if config.auth.mode == Mode::None {
        return Some(everything(config)).filter(|client| client.name == name);
    }
    config
        .clients
        .iter()
        .find(|client| client.name == name)
        .map(configured)
}

fn configured(settings: &config::Client) -> Client {
    Client {
        name: settings.name.clone(),
        index: settings.index,
        permissions: settings.permissions,
        connections: settings.connections.iter().cloned().collect(),
        subject: None,
    }
}

/// Somebody who may do everything.
fn everything(config: &Config) -> Client {
    Client {
        name: "anonymous".to_owned(),
        index: 0,
        permissions: Permissions::ALL,
        connections: config.connections.iter().map(|c| c.name.clone()).collect(),
        subject: None,
    }
}

/// The subjects of certificates that clients have.
fn subjects(config: &Config) -> Arc<[Subject]> {
    let subjects = config.clients.iter().filter_map(|settings| {
        Some(Subject {
            name: settings.certificate_subject.clone()?,
            not_after: settings.not_after.map(SystemTime::from),
            client: Arc::new(configured(settings)),
        })
    });
    subjects.collect()
}

/// The clients' rate limits, with what has been used of those of before.
pub fn limit(config: &Config, metrics: &Metrics, before: Option<&ClientLimit>) -> ClientLimit {
    let metrics = metrics.clone();
    let anonymous = config.auth.mode == Mode::None;
    let clients = config.clients.iter().filter(|_| !anonymous);
    let limits = clients.map(|client| {
        Some(Limit {
            client: client.name.clone(),
            rate: client.rate_limit?.checked()?,
            by_subject: client.limited_by == LimitedBy::Subject,
        })
    });
    ClientLimit::new(
        limits,
        before,
        Arc::new(move |name, allowed| metrics.client_limit(name, allowed)),
    )
}

/// Counts refused credentials.
fn on_failure(gateway: &Arc<Gateway>) -> Arc<dyn Fn(AuthFailure) + Send + Sync> {
    let metrics = gateway.metrics.clone();
    Arc::new(move |failure| metrics.auth_failure(failure.as_str()))
}

//! Who may come in and from where, made from the configuration for the layers that ask.

use std::sync::Arc;
use std::time::SystemTime;

use layers::authenticate::{AuthFailure, Authenticate, Clients, Key, Subject};
use layers::client_limit::ClientLimit;
use layers::cors::Origins;
use layers::{Client, Permissions};
use model::ConnectionName;

use crate::config::{self, Config, Mode};
use crate::gateway::Gateway;
use crate::proxy;

/// Origins that browsers may call from. With nothing but sandboxes, also a front end under development.
pub fn origins(config: &Config) -> Origins {
    widened(config, Origins::new(config.cors.allowed_origins.iter().cloned()))
}

/// Those origins, and our own.
pub fn own_origins(gateway: &Gateway) -> Origins {
    let config = &gateway.config;
    let own = config.server.public_url(gateway.address);
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

/// The layer that finds out who asks.
pub fn authenticate(gateway: &Arc<Gateway>) -> Authenticate {
    Authenticate {
        clients: clients(&gateway.config),
        subjects: subjects(&gateway.config),
        native: Some(proxy::PREFIX),
        on_failure: on_failure(gateway),
    }
}

/// The clients and their keys.
pub fn clients(config: &Config) -> Clients {
    let everything: Arc<[ConnectionName]> = config.connections.iter().map(|c| c.name.clone()).collect();
    if config.auth.mode == Mode::None {
        let anonymous = Client {
            name: "anonymous".to_owned(),
            index: 0,
            permissions: Permissions::ALL,
            connections: everything,
        };
        return Clients::Anonymous(Arc::new(anonymous));
    }
    let keys = config.clients.iter().flat_map(|settings| {
        let client = Arc::new(client(settings));
        let not_after = settings.not_after.map(SystemTime::from);
        settings.keys.iter().map(move |sha256| Key {
            sha256: *sha256,
            not_after,
            client: Arc::clone(&client),
        })
    });
    Clients::Keys(keys.collect())
}

/// The subjects of certificates that clients have.
fn subjects(config: &Config) -> Arc<[Subject]> {
    let subjects = config.clients.iter().filter_map(|settings| {
        Some(Subject {
            name: settings.certificate_subject.clone()?,
            not_after: settings.not_after.map(SystemTime::from),
            client: Arc::new(client(settings)),
        })
    });
    subjects.collect()
}

fn client(settings: &config::Client) -> Client {
    Client {
        name: settings.name.clone(),
        index: settings.index,
        permissions: settings.permissions,
        connections: settings.connections.iter().cloned().collect(),
    }
}

/// The clients' rate limits.
pub fn limit(gateway: &Arc<Gateway>) -> ClientLimit {
    let metrics = gateway.metrics.clone();
    let anonymous = gateway.config.auth.mode == Mode::None;
    let clients = gateway.config.clients.iter().filter(|_| !anonymous);
    let rates = clients.map(|client| client.rate_limit.and_then(|rate| rate.checked()));
    ClientLimit::new(
        rates,
        Arc::new(move |name, allowed| metrics.client_limit(name, allowed)),
    )
}

/// Counts refused credentials.
pub fn on_failure(gateway: &Arc<Gateway>) -> Arc<dyn Fn(AuthFailure) + Send + Sync> {
    let metrics = gateway.metrics.clone();
    Arc::new(move |failure| metrics.auth_failure(failure.as_str()))
}

//! What this replica shares with others: the store, made from the configuration.

use std::sync::Arc;

use layers::around::AroundLayer;
use layers::client_limit::ClientLimit;
use layers::client_limit::shared::SharedClientLimit;
use layers::{OnAway, SharedLimits};
use store::{Address, Observer, Operation, Store};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::util::Either;

use crate::config::{Config, OnError};
use crate::gateway::Gateway;
use crate::metrics::Metrics;
use crate::wire::{self, Trust};

/// Begins every key, so that other things may be in the same database.
const PREFIX: &str = "switchboard";

/// The store, if one is configured. `end` ends its task among `tasks`. Nobody waits for the store here: a gateway
/// starts without it, too.
pub fn store(
    config: &Config,
    metrics: &Metrics,
    tasks: &TaskTracker,
    end: &CancellationToken,
) -> Result<Option<Store>, String> {
    let Some(address) = address(config)? else {
        return Ok(None);
    };
    let observer = Arc::new(StoreMetrics(metrics.clone()));
    let patience = config.store.timeout;
    Ok(Some(Store::new(patience, address, PREFIX, observer, tasks, end)))
}

/// Whether it answers: once, and without a store that lasts.
pub async fn reach(config: &Config) -> Option<Result<(), String>> {
    match address(config).transpose()? {
        Ok(address) => Some(store::reach(config.store.timeout, address, PREFIX).await),
        Err(problem) => Some(Err(problem)),
    }
}

/// The limits in that store.
pub fn limits(config: &Config, store: Option<&Store>) -> Option<SharedLimits> {
    Some(SharedLimits {
        store: store?.clone(),
        on_away: on_away(config),
    })
}

/// What to do without the store.
pub fn on_away(config: &Config) -> OnAway {
    match config.store.on_error {
        OnError::Local => OnAway::Local,
        OnError::Deny => OnAway::Deny,
    }
}

/// The clients' limits: each replica's own, or one for all of them.
pub fn client_limit(gateway: &Gateway) -> Either<AroundLayer<ClientLimit>, SharedClientLimit> {
    let local = gateway.limits.clone();
    match limits(&gateway.config, gateway.store.as_ref()) {
        None => Either::Left(AroundLayer(local)),
        Some(shared) => Either::Right(SharedClientLimit { local, shared }),
    }
}

/// Where it is, with all that TLS needs.
fn address(config: &Config) -> Result<Option<Address>, String> {
    let Some(address) = config.store.redis.clone().filter(Address::is_secure) else {
        return Ok(config.store.redis.clone());
    };
    let tls = wire::tls(Trust::Platform).map_err(|error| format!("store.redis: TLS: {error}"))?;
    Ok(Some(address.with_tls(tls)))
}

struct StoreMetrics(Metrics);

impl Observer for StoreMetrics {
    fn failed(&self, operation: Operation) {
        self.0.store_failed(operation);
    }
}

//! What is kept for those who ask again: answers in the cache, and ends of writes. Each replica keeps its own, or all of
//! them share it.

use std::sync::Arc;

use layers::cache::{Cache, CacheObserver, KeyMaker, Settings};
use layers::idempotency::Idempotency;
use layers::{Keyring, Replicas};
use store::Store;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::metrics::Metrics;
use crate::replicas;

/// Fills of the cache under way at once.
const MAX_FILLS: usize = 1024;

/// Makes what is kept.
#[derive(Clone)]
pub struct Keeping {
    keyring: Keyring,
    shared: Option<Replicas>,
}

impl Keeping {
    /// With the gateway's secret, the same for all replicas that share the store.
    pub fn new(secret: &[u8], store: Option<&Store>, tasks: &TaskTracker) -> Self {
        let keyring = Keyring::new(secret);
        Self {
            shared: store.map(|store| Replicas {
                store: store.clone(),
                keyring: keyring.clone(),
                tasks: tasks.clone(),
            }),
            keyring,
        }
    }

    /// An empty cache.
    pub fn cache(&self, config: &Config, tasks: &TaskTracker, metrics: &Metrics) -> Cache {
        let settings = Settings {
            max_bytes: config.cache.max_bytes as u64,
            max_fills: MAX_FILLS,
        };
        let observer = Arc::new(CacheMetrics(metrics.clone()));
        match &self.shared {
            None => Cache::new(settings, tasks.clone(), observer),
            Some(replicas) => Cache::shared(settings, replicas, observer),
        }
    }

    /// What makes its keys.
    pub fn keys(&self) -> KeyMaker {
        match &self.shared {
            None => KeyMaker::default(),
            Some(_) => KeyMaker::shared(self.keyring.clone()),
        }
    }

    /// Ends of writes that may come again.
    pub fn idempotency(&self, config: &Config) -> Idempotency {
        match &self.shared {
            None => Idempotency::new(self.keyring.clone()),
            Some(replicas) => Idempotency::shared(replicas, replicas::on_away(config)),
        }
    }
}

struct CacheMetrics(Metrics);

impl CacheObserver for CacheMetrics {
    fn request(&self, resource: &'static str, result: &'static str) {
        self.0.cache_request(resource, result);
    }
}

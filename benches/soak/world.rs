//! What all parts of a soak share.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_util::sync::CancellationToken;

use crate::settings::Keys;
use crate::tally::{Promise, Tally};
use crate::weather::Weather;

/// What all parts of a soak share.
pub(crate) struct World {
    /// The API of each replica.
    pub(crate) replicas: [SocketAddr; 2],
    /// The stand-in for providers.
    pub(crate) sandbox: SocketAddr,
    /// Who may ask.
    pub(crate) keys: Keys,
    /// Whether replicas have a store.
    pub(crate) has_store: bool,
    pub(crate) weather: Weather,
    pub(crate) tally: Tally,
    /// Traffic ends.
    pub(crate) stop: CancellationToken,
    numbers: AtomicU64,
}

impl World {
    pub(crate) fn new(replicas: [SocketAddr; 2], sandbox: SocketAddr, keys: Keys, has_store: bool) -> Self {
        Self {
            replicas,
            sandbox,
            keys,
            has_store,
            weather: Weather::new(),
            tally: Tally::default(),
            stop: CancellationToken::new(),
            numbers: AtomicU64::new(0),
        }
    }

    /// A number that nobody else has.
    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// An answer, or the lack of one, was not what it must be.
    pub(crate) fn broken(&self, promise: Promise, what: &str) {
        let (mood, since) = self.weather.mood();
        let since = since.as_millis();
        self.tally.broken(promise, format!("[{mood}, {since} ms] {what}"));
    }
}

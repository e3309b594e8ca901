//! What all parts of a soak share.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::settings::Keys;
use crate::stage::Stage;
use crate::tally::{Promise, Tally};
use crate::weather::Weather;

/// For so long a store has to be there before anything is expected of it.
const FOUND: Duration = Duration::from_secs(6);
/// How long a line of a replica's log may take to be read.
const HEARSAY: Duration = Duration::from_secs(1);

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
    pub(crate) weather: Arc<Weather>,
    pub(crate) tally: Tally,
    /// Traffic ends.
    pub(crate) stop: CancellationToken,
    numbers: AtomicU64,
}

impl World {
    pub(crate) fn new(stage: &Stage, keys: Keys, weather: Arc<Weather>) -> Self {
        Self {
            replicas: stage.replicas.each_ref().map(|replica| replica.fixed.listen),
            sandbox: stage.sandbox,
            keys,
            has_store: stage.has_store,
            weather,
            tally: Tally::default(),
            stop: CancellationToken::new(),
            numbers: AtomicU64::new(0),
        }
    }

    /// A number that nobody else has.
    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether replicas know of one another, and have for a while.
    pub(crate) fn shares(&self) -> bool {
        self.has_store && self.weather.has_shared_for(FOUND)
    }

    /// The same of a moment that has just passed: what a replica has to say about it may be on its way.
    pub(crate) async fn has_shared(&self) -> bool {
        tokio::time::sleep(HEARSAY).await;
        self.shares()
    }

    /// An answer, or the lack of one, was not what it must be.
    pub(crate) fn broken(&self, promise: Promise, what: &str) {
        let (mood, since) = self.weather.mood();
        let since = since.as_millis();
        self.tally.broken(promise, format!("[{mood}, {since} ms] {what}"));
    }
}

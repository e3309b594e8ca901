//! Keeps the keys of the issuer of tokens: fetched at the start, every five minutes, and when a token names a key
//! that is not among them. While the source fails, the last keys stay.

use std::fmt;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use layers::jwt::{KeySet, Keys};
use tokio_util::sync::CancellationToken;

use crate::config::Jwks;
use crate::fetch::Fetch;
use crate::metrics::Metrics;
use crate::telemetry::PANICKED;

/// Between two fetches, less or more a tenth, so that replicas do not ask at once.
const PERIOD: Duration = Duration::from_mins(5);
/// Bytes of a file.
const LARGEST: u64 = 256 << 10;

/// Keeps the keys of one issuer.
pub struct Keeper {
    keys: Arc<Keys>,
    source: Source,
    metrics: Metrics,
}

enum Source {
    Url(Box<Fetch>),
    File(PathBuf),
}

impl Keeper {
    /// From there.
    pub fn new(jwks: &Jwks, keys: Arc<Keys>, metrics: Metrics) -> Result<Self, String> {
        let source = Source::new(jwks).map_err(|problem| format!("auth.jwt.jwks: {problem}"))?;
        Ok(Self {
            keys,
            source,
            metrics,
        })
    }

    /// Keeps them until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let jitter = RandomState::new();
        for round in 0_u64.. {
            tokio::select! {
                () = self.refresh() => {}
                () = stop.cancelled() => return,
            }
            let permille = u32::try_from(jitter.hash_one(round) % 201).unwrap_or(100) + 900;
            tokio::select! {
                () = tokio::time::sleep(PERIOD * permille / 1000) => {}
                () = self.keys.asked() => {}
                () = stop.cancelled() => return,
            }
        }
    }

    async fn refresh(&self) {
        let keys = &self.keys;
        keys.begin();
        match self.source.fetch().await {
            Ok(fetched) => {
                self.metrics.jwks_fetched();
                if keys.end(Some(fetched)) {
                    tracing::info!(keys = keys.count(), "the keys of the issuer of tokens are new");
                }
            }
            Err(problem) => {
                keys.end(None);
                tracing::warn!(
                    problem,
                    kept = keys.count(),
                    "the keys of the issuer of tokens cannot be fetched"
                );
            }
        }
    }
}

impl Source {
    fn new(jwks: &Jwks) -> Result<Self, String> {
        Ok(match jwks {
            Jwks::At(url) => Self::Url(Box::new(Fetch::new(url.clone())?)),
            Jwks::File(path) => Self::File(path.clone()),
        })
    }

    async fn fetch(&self) -> Result<KeySet, String> {
        let text = |problem: &dyn fmt::Display| problem.to_string();
        match self {
            Self::Url(fetch) => {
                let json = fetch.get().await.map_err(|error| text(&error))?;
                KeySet::parse(&json).map_err(|problem| text(&problem))
            }
            Self::File(path) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || read(&path));
                read.await.map_err(|_| PANICKED.to_owned())?
            }
        }
    }
}

/// Fetches the keys once, and says how many there are.
pub async fn count(jwks: &Jwks) -> Result<usize, String> {
    let keys = Keys::default();
    keys.end(Some(Source::new(jwks)?.fetch().await?));
    Ok(keys.count())
}

/// The keys in a file.
pub fn read(path: &Path) -> Result<KeySet, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    let mut json = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LARGEST + 1)
        .read_to_end(&mut json)
        .map_err(unreadable)?;
    if u64::try_from(json.len()).is_ok_and(|length| length > LARGEST) {
        return Err(format!("is longer than {} KiB", LARGEST >> 10));
    }
    Ok(KeySet::parse(&json)?)
}

//! Whether all that a configuration names answers: providers, store, keys of the issuer, collector. Each is asked once,
//! for something that changes nothing and costs nothing, and no answer is waited for longer than a request waits.

mod provider;
mod report;

use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt, join_all};
use serde::Serialize;
use tokio::time::{Instant, timeout};
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::connection::Setup;
use crate::metrics::Metrics;
use crate::simulator::Simulator;
use crate::{jwks, replicas, traces};

/// What became of asking one of them.
#[derive(Debug, Serialize)]
pub struct Trial {
    /// The key of the configuration that names it.
    pub key: String,
    /// What was asked.
    pub asked: String,
    /// Whether it answered as it has to.
    pub works: bool,
    /// The status of a provider's answer.
    pub status: Option<u32>,
    /// What a provider thinks of the credential, if it got as far as that.
    pub credential: Option<Verdict>,
    /// How long it took.
    pub duration_ms: u64,
    /// What it told, or what is wrong.
    pub message: String,
    /// What to do about it.
    pub fix: Option<String>,
}

/// What a provider thinks of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is good.
    Accepted,
    /// It is not.
    Refused,
}

/// Asks everybody at once; the answers are in the order of the configuration.
pub async fn run(mut config: Config) -> Result<Vec<Trial>, String> {
    for connection in &mut config.connections {
        // What fails now and then is to be seen.
        connection.limits.retries.max = 0;
    }
    let simulator = Simulator::start(&config, &TaskTracker::new()).await?;
    let sandbox = simulator.as_ref().map(|simulator| simulator.address);
    let metrics = Metrics::new().map_err(|error| format!("metrics: {error}"))?;
    let limit = config.server.request_timeout;
    let setup = |(index, settings)| Setup {
        index,
        settings,
        sandbox,
        metrics: &metrics,
        shared: None,
    };
    let setups = config.connections.iter().enumerate().map(setup);
    let providers = setups.map(|setup| provider::ask(setup, limit).boxed());
    Ok(join_all(others(&config, limit).chain(providers)).await)
}

/// All that is no provider.
fn others(config: &Config, limit: Duration) -> impl Iterator<Item = BoxFuture<'_, Trial>> {
    let issuer = config.auth.jwt.as_ref().map(|jwt| {
        let keys = async { jwks::count(&jwt.jwks).await.map(|keys| format!("{keys} usable")) };
        let fix = "tokens are refused until it works: look at the URL, and whether this machine may go there";
        Trial::of("auth.jwt.jwks", "the keys of the issuer", fix, limit, keys).boxed()
    });
    let store = config.store.redis.as_ref().map(|_| {
        let written = async {
            let reached = replicas::reach(config).await;
            reached.unwrap_or(Ok(())).map(|()| "can be written".to_owned())
        };
        let fix = "look at host, port, user and password, and whether it is the primary";
        Trial::of("store.redis", "the store", fix, limit, written).boxed()
    });
    let collector = config.telemetry.otlp_endpoint.as_ref().map(|collector| {
        let taken = async {
            let reached = traces::reach(collector).await;
            reached.map(|()| "takes messages".to_owned())
        };
        let fix = "look at host and port: 4317 is gRPC by convention, 4318 or a path is HTTP";
        Trial::of("telemetry.otlp_endpoint", "the collector", fix, limit, taken).boxed()
    });
    [issuer, store, collector].into_iter().flatten()
}

impl Trial {
    /// One that is no provider: what it told, or what is wrong.
    async fn of(
        key: &str,
        asked: &str,
        fix: &str,
        limit: Duration,
        ask: impl Future<Output = Result<String, String>>,
    ) -> Self {
        let began = Instant::now();
        let too_long = || Err(format!("no answer within {} s", limit.as_secs_f32()));
        let answer = timeout(limit, ask).await.unwrap_or_else(|_| too_long());
        Self {
            key: key.to_owned(),
            asked: asked.to_owned(),
            works: answer.is_ok(),
            status: None,
            credential: None,
            duration_ms: milliseconds(began),
            fix: answer.is_err().then(|| fix.to_owned()),
            message: answer.unwrap_or_else(|problem| problem),
        }
    }
}

fn milliseconds(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

//! The overview as it is written out.

use model::{ConnectionName, Health, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::metrics::{Counts, Durations};

/// What the gateway is doing now. What is counted is counted since `started_at`; times are in seconds.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Overview {
    /// The moment that it is about.
    pub(super) as_of: Timestamp,
    /// Since when it counts. Another one is another count.
    pub(super) started_at: Timestamp,
    /// The version of this software.
    pub(super) version: &'static str,
    /// All requests together, whoever has sent them.
    pub(super) gateway: Gateway,
    /// The cache.
    pub(super) cache: Cache,
    /// Clients that may use no connection which whoever asks may not use.
    pub(super) clients: Vec<Client>,
    /// The connections that whoever asks may use, in the order of the configuration.
    pub(super) connections: Vec<Connection>,
    /// What replicas share; null if there is none.
    pub(super) store: Option<Store>,
    /// The configuration that runs.
    pub(super) configuration: Configuration,
}

/// All requests together.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OverviewGateway")]
pub(super) struct Gateway {
    /// Under way now.
    pub(super) requests_in_flight: u64,
    /// The most that there may be.
    pub(super) max_in_flight: usize,
    /// Open connections of clients.
    pub(super) sockets: u64,
    /// By their status.
    pub(super) requests: Requests,
    /// From the head of a request to the head of its answer.
    pub(super) duration: Durations,
    /// Of that, without the time on the wire to providers and in their queues.
    pub(super) overhead: Durations,
}

/// Requests by the class of their status. A client that left is among `4xx`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OverviewRequests")]
pub(super) struct Requests {
    /// Success.
    #[serde(rename = "2xx")]
    pub(super) success: u64,
    /// Nothing new, or elsewhere.
    #[serde(rename = "3xx")]
    pub(super) redirect: u64,
    /// The client's fault.
    #[serde(rename = "4xx")]
    pub(super) client_error: u64,
    /// The gateway's fault, or the provider's.
    #[serde(rename = "5xx")]
    pub(super) server_error: u64,
}

/// The cache.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OverviewCache")]
pub(super) struct Cache {
    /// Answers in it.
    pub(super) entries: u64,
    /// What they weigh.
    pub(super) bytes: u64,
    /// The most that they may weigh.
    pub(super) max_bytes: usize,
    /// Requests that it has seen: `hit`, `miss`, `stale`, `collapsed`, `bypass`.
    pub(super) requests: Counts,
}

/// Somebody who may come in.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OverviewClient")]
pub(super) struct Client {
    /// Its name; `anonymous` where everybody comes in, `other` for tokens of no configured client.
    pub(super) name: String,
    /// Requests of its.
    pub(super) requests: u64,
    /// Of those, what was refused for its rate limit.
    pub(super) refused: u64,
    /// Its rate limit; null if it has none.
    pub(super) rate_limit: Option<Quota>,
}

/// How much may be asked for.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OverviewRate")]
pub(super) struct RateLimit {
    /// So many requests,
    pub(super) requests: u32,
    /// in so many seconds,
    pub(super) per_seconds: f64,
    /// and so many at once.
    pub(super) burst: u32,
}

/// A client's rate limit.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OverviewClientLimit")]
pub(super) struct Quota {
    #[serde(flatten)]
    pub(super) rate: RateLimit,
    /// Requests left now, of `burst`; null where replicas share the limit, or each subject of the client's tokens has
    /// its own.
    pub(super) remaining: Option<u32>,
}

/// A connection's rate limit.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OverviewConnectionLimit")]
pub(super) struct Pace {
    #[serde(flatten)]
    pub(super) rate: RateLimit,
    /// Attempts left now, of `burst`; null where replicas share the limit.
    pub(super) remaining: Option<u32>,
    /// Until when the provider has asked for a pause; null if it has not.
    pub(super) paused_until: Option<Timestamp>,
}

/// An account at a provider.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OverviewConnection")]
pub(super) struct Connection {
    /// Its name.
    pub(super) name: ConnectionName,
    /// The provider's name.
    pub(super) provider: &'static str,
    /// Whether it leads to the built-in stand-in.
    pub(super) sandbox: bool,
    /// How the provider has been doing lately.
    pub(super) health: Health,
    /// Whether calls are made: all of them, one to see, or none.
    #[schemars(extend("enum" = ["closed", "half_open", "open"]))]
    pub(super) circuit: &'static str,
    /// Attempts under way now.
    pub(super) in_flight: u64,
    /// The most that there may be.
    pub(super) concurrency_limit: usize,
    /// Calls, whatever their attempts, by how they ended: `ok`, `client_error`, `rate_limited`, `auth_failed`,
    /// `server_error`, `timeout`, `network`, `protocol`, `circuit_open`.
    pub(super) calls: Counts,
    /// Time of attempts on the wire.
    pub(super) duration: Durations,
    /// Time that attempts waited for their turn.
    pub(super) queue: Durations,
    /// Reads that name it, or go over all connections that the client may use, by what the cache has done: `hit`,
    /// `miss`, `stale`, `collapsed`, `bypass`.
    pub(super) cache: Counts,
    /// Its rate limit.
    pub(super) rate_limit: Option<Pace>,
}

/// What replicas share.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OverviewStore")]
pub(super) struct Store {
    /// Whether it is shared at the moment.
    #[schemars(extend("enum" = ["ok", "away"]))]
    pub(super) status: &'static str,
}

/// The configuration that runs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OverviewConfiguration")]
pub(super) struct Configuration {
    /// Equal hashes are equal settings.
    pub(super) hash: String,
    /// Whether the last one that was read is the one that runs.
    pub(super) last_reload_successful: bool,
    /// When the one that runs was read.
    pub(super) last_reload_at: Timestamp,
}

//! What is told, as it is written out. Limits and credentials are in the words of the configuration.

use std::collections::BTreeMap;

use model::Health;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::problem::Problem;

/// What would be done with a request.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Explanation {
    /// As it was asked.
    pub(super) method: String,
    /// As it was asked.
    pub(super) path: String,
    /// Who would send it; null is nobody.
    pub(super) client: Option<String>,
    /// The template of its path.
    pub(super) route: &'static str,
    /// What it is called in metrics.
    pub(super) operation: Option<&'static str>,
    /// The scope that it takes.
    pub(super) scope: Option<&'static str>,
    /// The connection that it names.
    pub(super) connection: Option<String>,
    /// Who would answer; the gateway where neither of the others has a part in it.
    #[schemars(extend("enum" = ["cache", "provider", "gateway"]))]
    pub(super) answered_by: &'static str,
    /// The refusal, if it would be refused without asking a provider.
    #[schemars(with = "Option<Problem<'static>>")]
    pub(super) problem: Option<Value>,
    /// What the cache has to do with it.
    pub(super) cache: Option<Kept>,
    /// Whose limits it counts against, and what they are.
    pub(super) limits: Limits,
    /// What would be sent first to each connection, if the cache does not answer. What follows depends on the
    /// providers' answers.
    pub(super) upstream: Vec<Sent>,
}

/// What the cache has of a request's answer.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ExplainedCache")]
pub(super) struct Kept {
    /// The key of the entry.
    pub(super) key: String,
    /// What it is made of.
    pub(super) key_parts: Value,
    /// The kind of resource.
    pub(super) resource: &'static str,
    /// How long an answer is fresh.
    pub(super) ttl_seconds: u64,
    /// What is there now.
    #[schemars(extend("enum" = ["absent", "fresh", "revalidated", "stale"]))]
    pub(super) entry: &'static str,
    /// How old that is.
    pub(super) age_seconds: Option<u64>,
}

/// Whose limits a request counts against.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ExplainedLimits")]
pub(super) struct Limits {
    /// The client's.
    pub(super) client: Option<Value>,
    /// Those of the connections that would be asked.
    pub(super) connections: BTreeMap<String, Budget>,
}

/// The limits of a connection.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ExplainedConnectionLimits")]
pub(super) struct Budget {
    /// Requests in a time.
    pub(super) rate_limit: Option<Value>,
    /// Requests at once.
    pub(super) max_concurrency: Option<Value>,
    /// The longest wait for a turn.
    pub(super) max_wait: Option<Value>,
    /// How the provider has been doing lately.
    pub(super) health: Option<Health>,
}

/// A request to a provider.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ExplainedRequest")]
pub(super) struct Sent {
    /// By which connection.
    pub(super) connection: String,
    /// Where the credential comes from that it is sent with.
    pub(super) credential: BTreeMap<String, Value>,
    /// Its method.
    pub(super) method: String,
    /// Where to.
    pub(super) url: String,
    /// Its headers, without the credential.
    pub(super) headers: BTreeMap<String, String>,
    /// Its body.
    pub(super) body: Option<String>,
}

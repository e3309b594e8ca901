//! Failures on request: what a rule matches and what it does.

mod drift;
mod rules;
mod validate;

use hyper::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

pub use self::drift::Drift;
pub use self::rules::Listed;
pub(crate) use self::rules::Rules;
pub use self::validate::Invalid;

/// A rule: which requests meet with a failure, how often, and with which. Its parts combine: a slow answer
/// may also have drifted and be cut short.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The provider's name in the registry.
    pub provider: String,
    /// The method of the requests; any, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What their path begins with, as it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How many requests there will be; zero for all until the rule is removed.
    #[serde(default = "once", deserialize_with = "times")]
    pub times: u32,
    /// How long the answer is held back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub delay_ms: u64,
    /// Answered instead of asking the provider, so that nothing is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The body for the status; the provider's own, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// The header for the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<RetryAfter>,
    /// The body ends too early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncate: Option<Truncate>,
    /// The connection is reset instead of an answer.
    #[serde(default, skip_serializing_if = "is_false")]
    pub reset: bool,
    /// How successful answers of the provider are changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
}

/// A body that no provider would choose.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Body {
    /// By its name.
    Named(NamedBody),
    /// This JSON: an object or an array.
    Json(Value),
}

/// Bodies with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NamedBody {
    /// The page of a proxy that found nobody behind it.
    Html,
    /// None.
    Empty,
}

/// The value of a `Retry-After` header.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged, expecting = "retry_after must be seconds or the text of a header")]
pub enum RetryAfter {
    /// Seconds.
    Seconds(u64),
    /// A date, or whatever else is to be sent.
    Text(String),
}

/// How much of a body is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged, expecting = "truncate must be true, false or a number of bytes")]
pub enum Truncate {
    /// Half of it for true, all of it for false.
    Half(bool),
    /// So many bytes, but never all of them.
    Bytes(usize),
}

impl Fault {
    /// A rule for one request to a provider, which does nothing yet.
    pub fn of(provider: &str) -> Self {
        Self {
            provider: provider.to_owned(),
            times: once(),
            ..Self::default()
        }
    }

    /// The status to answer, which [`Fault::check`] has found to be one.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        self.status.and_then(|status| StatusCode::from_u16(status).ok())
    }

    fn matches(&self, provider: &str, method: &str, path: &str) -> bool {
        self.provider == provider
            && self.method.as_deref().is_none_or(|wanted| wanted == method)
            && self.path.as_deref().is_none_or(|prefix| path.starts_with(prefix))
    }
}

fn once() -> u32 {
    1
}

/// Null is no bound, as zero is.
fn times<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(0))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(flag: &bool) -> bool {
    !flag
}

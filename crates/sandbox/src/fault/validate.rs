//! What serde cannot say about a rule: bounds, and parts that make no sense together.

use std::fmt;

use hyper::Method;
use hyper::header::HeaderValue;

use super::{Body, Fault, RetryAfter};

/// So that no connection hangs for longer than any client would wait.
const MAX_DELAY_MS: u64 = 60_000;

/// A rule that cannot be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The field that is wrong.
    pub field: &'static str,
    /// What it must be.
    pub reason: &'static str,
}

impl Fault {
    /// Whether the rule can be followed by a sandbox with these providers.
    pub(crate) fn check(&self, providers: &[&str]) -> Result<(), Invalid> {
        let method = |name: &String| Method::from_bytes(name.as_bytes()).is_ok_and(|_| !has_lower_case(name));
        let header = |value: &RetryAfter| match value {
            RetryAfter::Seconds(_) => true,
            RetryAfter::Text(text) => HeaderValue::from_str(text).is_ok(),
        };
        let json = |body: &Body| match body {
            Body::Named(_) => true,
            Body::Json(value) => value.is_object() || value.is_array(),
        };
        let final_status = |status: u16| (200..600).contains(&status);
        let has_status = self.status.is_some();
        let needs_answer = has_status || self.truncate.is_some() || self.drift.is_some();
        let does_something = needs_answer || self.reset || self.delay_ms > 0;
        let rules = [
            (
                providers.contains(&self.provider.as_str()),
                "provider",
                "is not known",
            ),
            (
                self.method.as_ref().is_none_or(method),
                "method",
                "must be a method in upper case",
            ),
            (
                self.path.as_ref().is_none_or(|path| path.starts_with('/')),
                "path",
                "must begin with a slash",
            ),
            (self.delay_ms <= MAX_DELAY_MS, "delay_ms", "must be at most 60000"),
            (
                self.status.is_none_or(final_status),
                "status",
                "must be from 200 to 599",
            ),
            (self.body.is_none() || has_status, "body", "needs a status"),
            (
                self.body.as_ref().is_none_or(json),
                "body",
                "must be \"html\", \"empty\", an object or an array",
            ),
            (
                self.retry_after.is_none() || has_status,
                "retry_after",
                "needs a status",
            ),
            (
                self.retry_after.as_ref().is_none_or(header),
                "retry_after",
                "must be seconds or the text of a header",
            ),
            (
                !(self.reset && needs_answer),
                "reset",
                "leaves no answer to change",
            ),
            (
                !(self.drift.is_some() && has_status),
                "drift",
                "changes answers of the provider, and a status is answered without asking it",
            ),
            (does_something, "status", "or another failure must be given"),
        ];
        match rules.into_iter().find(|(holds, ..)| !holds) {
            None => Ok(()),
            Some((_, field, reason)) => Err(Invalid { field, reason }),
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.field, self.reason)
    }
}

fn has_lower_case(text: &str) -> bool {
    text.contains(|letter: char| letter.is_ascii_lowercase())
}

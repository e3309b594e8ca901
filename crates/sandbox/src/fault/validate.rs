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

/// Whether something holds, and of which field what must.
type Rule = (bool, &'static str, &'static str);

impl Fault {
    /// Whether the rule can be followed by a sandbox with these providers.
    pub(crate) fn check(&self, providers: &[&str]) -> Result<(), Invalid> {
        let is_known = providers.contains(&self.provider.as_str());
        let rules = [(is_known, "provider", "is not known")]
            .into_iter()
            .chain(self.values())
            .chain(self.combinations());
        match rules.into_iter().find(|(holds, ..)| !holds) {
            None => Ok(()),
            Some((_, field, reason)) => Err(Invalid { field, reason }),
        }
    }

    /// Each field by itself.
    fn values(&self) -> [Rule; 6] {
        let is_method =
            |name: &String| Method::from_bytes(name.as_bytes()).is_ok_and(|_| !has_lower_case(name));
        let is_path = |path: &String| path.starts_with('/');
        let is_status = |status| (200..600).contains(&status);
        let is_body = |body: &Body| match body {
            Body::Named(_) => true,
            Body::Json(value) => value.is_object() || value.is_array(),
        };
        let is_header = |value: &RetryAfter| match value {
            RetryAfter::Seconds(_) => true,
            RetryAfter::Text(text) => HeaderValue::from_str(text).is_ok(),
        };
        let (method, path) = (self.method.as_ref(), self.path.as_ref());
        let (body, retry_after) = (self.body.as_ref(), self.retry_after.as_ref());
        [
            (method.is_none_or(is_method), "method", "must be in upper case"),
            (path.is_none_or(is_path), "path", "must begin with a slash"),
            (self.delay_ms <= MAX_DELAY_MS, "delay_ms", "must be at most 60000"),
            (
                self.status.is_none_or(is_status),
                "status",
                "must be from 200 to 599",
            ),
            (
                body.is_none_or(is_body),
                "body",
                "must be \"html\", \"empty\", an object or an array",
            ),
            (
                retry_after.is_none_or(is_header),
                "retry_after",
                "must be seconds or the text of a header",
            ),
        ]
    }

    /// What must be there, or must not, beside something else.
    fn combinations(&self) -> [Rule; 5] {
        let (has_status, drifts) = (self.status.is_some(), self.drift.is_some());
        let needs_answer = has_status || drifts || self.truncate.is_some();
        let does_something = needs_answer || self.reset || self.delay_ms > 0;
        [
            (has_status || self.body.is_none(), "body", "needs a status"),
            (
                has_status || self.retry_after.is_none(),
                "retry_after",
                "needs a status",
            ),
            (
                !self.reset || !needs_answer,
                "reset",
                "leaves no answer to change",
            ),
            (
                !drifts || !has_status,
                "drift",
                "is of the provider's answers, and a status is none",
            ),
            (does_something, "status", "or another failure must be given"),
        ]
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

//! What the server asks of a provider's stand-in.

use crate::http::{Answer, Request};

/// A provider's wire API, runs once per request. It holds its own state, built from its data set.
pub(crate) trait Provider: Send + Sync {
    /// Whether the path lies in this provider's part of the address space, served or not.
    fn owns(&self, path: &[&str]) -> bool;

    /// What the provider would answer; refusals are answers too.
    fn answer(&self, request: &Request) -> Answer;
}

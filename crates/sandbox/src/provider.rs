//! What the site asks of a provider's stand-in.

use hyper::StatusCode;
use serde_json::{Map, Value};

use crate::http::{Answer, Request};

/// A provider's wire API, runs once per request. It holds its own state, built from its data set.
pub(crate) trait Provider: Send + Sync {
    /// Its name in the registry.
    fn name(&self) -> &'static str;

    /// Whether the path lies in this provider's part of the address space, served or not.
    fn owns(&self, path: &[&str]) -> bool;

    /// What the provider would answer; refusals are answers too.
    fn answer(&self, request: &Request) -> Answer;

    /// What the provider would answer if it failed with this status before it looked at anything.
    fn failure(&self, status: StatusCode) -> Answer;

    /// The resources that the body of an answer holds.
    fn resources<'a>(&self, body: &'a mut Value) -> Vec<&'a mut Map<String, Value>>;

    /// Where the body of a list links to its next page, if lists have such links.
    fn next_page<'a>(&self, body: &'a mut Value) -> Option<&'a mut Value>;

    /// Puts back the data of the start.
    fn reset(&self);
}

//! What a route is. The table of all routes is in [`super::routes`].

use model::{Operation, Result};

use super::endpoint::Endpoint;
use super::input::Input;
use crate::gateway::Gateway;

/// One path of the API.
#[derive(Debug)]
pub struct Route {
    /// Its template; a segment in braces is variable.
    pub template: &'static str,
    /// Whether it is served without a credential.
    pub public: bool,
    /// The provider's operation behind `GET`, if there is one.
    pub operation: Option<Operation>,
    /// Reads path and query.
    pub parse: fn(&mut Input<'_>, &Gateway) -> Result<Endpoint>,
}

//! Connection: a configured account at a provider, as clients see it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::capability::Abilities;
use crate::id::ConnectionName;

/// A configured account at a provider.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Connection {
    /// The prefix of every id in it.
    pub name: ConnectionName,
    /// Its canonical path.
    #[serde(rename = "self")]
    pub path: String,
    /// The provider's name.
    pub provider: &'static str,
    /// The API that is spoken, `conversations-v1`.
    pub api: &'static str,
    /// Whether it leads to the built-in stand-in.
    pub sandbox: bool,
    /// How the provider has been doing lately.
    pub health: Health,
    /// For each resource and operation, how it is supported.
    pub capabilities: Abilities,
    /// Neutral fields that this provider can never fill, for each resource.
    pub unsupported_fields: BTreeMap<&'static str, &'static [&'static str]>,
}

/// How a provider has been doing lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Calls succeed.
    Up,
    /// Some calls fail, or a try is under way after an outage.
    Degraded,
    /// Calls are not even tried.
    Down,
}

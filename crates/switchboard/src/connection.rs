//! A connection at work: the adapter, the account, and the stack that leads to the provider.

use std::sync::Arc;

use layers::upstream::Circuit;
use model::{Account, ConnectionName, Provider, path};

use crate::upstream::{ProviderStack, Streams};

/// A configured account at a provider, ready for calls.
pub struct Connection {
    /// Its name.
    pub name: ConnectionName,
    /// Its place in the configuration.
    pub index: u32,
    /// Whether it leads to the built-in stand-in.
    pub sandbox: bool,
    /// The adapter.
    pub provider: Arc<dyn Provider>,
    /// What the adapter knows of it.
    pub account: Arc<Account>,
    /// The way to the provider.
    pub stack: ProviderStack,
    /// The way to the provider for what is passed through.
    pub streams: Streams,
    /// The largest body that is read as a whole.
    pub max_response: usize,
    /// How the provider has been doing.
    pub circuit: Circuit,
}

impl Connection {
    /// As clients see it.
    pub fn view(&self) -> model::Connection {
        let profile = self.provider.profile();
        model::Connection {
            name: self.name.clone(),
            path: path(["v1", "connections", self.name.as_str()]),
            provider: profile.provider,
            api: profile.api,
            sandbox: self.sandbox,
            health: self.circuit.health(),
            capabilities: profile.capabilities.with(&self.account.options),
            unsupported_fields: profile.unsupported_fields.iter().copied().collect(),
        }
    }
}

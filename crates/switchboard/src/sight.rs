//! What an operator may learn. One who may use some connections alone learns nothing of the others: not what they
//! do, not what was seen of their providers, and nothing of a client that may use one of them.

use layers::Client;
use model::ConnectionName;

use crate::gateway::Gateway;

/// What an operator may learn.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'c>(Option<&'c Client>);

impl<'c> Sight<'c> {
    /// Everything.
    pub const WHOLE: Self = Self(None);

    /// What this client may learn.
    pub fn of(client: &'c Client, gateway: &Gateway) -> Self {
        // There may be a thousand clients with a thousand connections.
        Self(Some(client).filter(|client| client.connections.len() < gateway.connections.len()))
    }

    /// Whether that is everything.
    pub const fn is_whole(self) -> bool {
        self.0.is_none()
    }

    /// Whether it reaches a connection.
    pub fn connection(self, name: &ConnectionName) -> bool {
        self.0.is_none_or(|client| client.may_use(name))
    }

    /// Whether it reaches a client that may use these.
    pub fn client(self, connections: &[ConnectionName]) -> bool {
        self.is_whole() || connections.iter().all(|name| self.connection(name))
    }

    /// Whether it reaches what was seen of a provider: it may have been seen over any connection to it.
    pub fn provider(self, provider: &str, gateway: &Gateway) -> bool {
        let mut connections = gateway.connections.iter();
        self.is_whole()
            || connections.all(|connection| {
                connection.provider.profile().provider != provider || self.connection(&connection.name)
            })
    }
}

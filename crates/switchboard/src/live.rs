//! What the listeners serve with at the moment. It is one pointer, so that no request meets two configurations.

use std::sync::Arc;

use arc_swap::ArcSwap;
use ipnet::IpNet;
use tokio_util::sync::CancellationToken;

use crate::admin;
use crate::front::{self, ClientStack};
use crate::gateway::Gateway;
use crate::patience::Patience;

/// What is served with, until a reload stores something else.
pub type Live = ArcSwap<Epoch>;

/// What holds between two reloads.
pub struct Epoch {
    /// What requests share.
    pub gateway: Arc<Gateway>,
    /// How long a peer may take; of a socket that is open already, what held when it was opened.
    pub patience: Patience,
    /// Bytes of a request's head; likewise.
    pub max_header: usize,
    /// Networks whose word on the client's address counts.
    pub trusted_proxies: Vec<IpNet>,
    api: ClientStack,
    admin: ClientStack,
}

/// Which of the listeners it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// The API, the pass-through face, docs.
    Api,
    /// Metrics, health, operators.
    Admin,
}

impl Epoch {
    /// Everything about this gateway. `draining` is cancelled when it is to take no new work.
    pub fn new(gateway: Arc<Gateway>, draining: &CancellationToken) -> Self {
        let server = &gateway.config.server;
        Self {
            patience: Patience {
                idle: server.idle_timeout,
                head: server.header_read_timeout,
                write: server.write_timeout,
            },
            max_header: server.max_header,
            trusted_proxies: server.trusted_proxies.clone(),
            api: front::stack(&gateway),
            admin: admin::stack(&gateway, draining),
            gateway,
        }
    }

    /// What answers on that listener.
    pub const fn stack(&self, face: Face) -> &ClientStack {
        match face {
            Face::Api => &self.api,
            Face::Admin => &self.admin,
        }
    }
}

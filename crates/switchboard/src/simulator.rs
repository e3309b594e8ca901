//! The built-in stand-in for providers, beside the gateway: one for all connections that lead to it.

use std::net::SocketAddr;

use secrecy::ExposeSecret;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::config::{Config, Credential};

/// One that runs, for as long as this is kept.
pub struct Simulator {
    /// Where it listens.
    pub address: SocketAddr,
    accounts: Vec<sandbox::Account>,
    _stop: DropGuard,
}

impl Simulator {
    /// Starts one, if a connection of the configuration leads to it. It accepts exactly what they are configured with.
    pub async fn start(config: &Config, tasks: &TaskTracker) -> Result<Option<Self>, String> {
        let accounts = accounts(config);
        if accounts.is_empty() {
            return Ok(None);
        }
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let sandbox = sandbox::Sandbox::bind(anywhere, accounts.clone())
            .await
            .map_err(|error| format!("sandbox: {error}"))?;
        let (address, stop) = (sandbox.local_addr(), CancellationToken::new());
        tasks.spawn(sandbox.serve(stop.clone()));
        Ok(Some(Self {
            address,
            accounts,
            _stop: stop.drop_guard(),
        }))
    }

    /// Whether it will do for another configuration. What it holds is lost otherwise.
    pub fn fits(&self, config: &Config) -> bool {
        self.accounts == accounts(config)
    }
}

fn accounts(config: &Config) -> Vec<sandbox::Account> {
    let connections = config.connections.iter();
    let account = |connection: &crate::config::Connection| sandbox::Account {
        provider: connection.profile.provider.to_owned(),
        credential: match &connection.credential {
            Credential::Basic { username, password } => sandbox::Credential::Basic {
                username: username.value.expose_secret().to_owned().into(),
                password: password.value.expose_secret().to_owned().into(),
            },
            Credential::ApiKey(key) => sandbox::Credential::Key(key.value.expose_secret().to_owned().into()),
        },
    };
    connections
        .filter(|connection| connection.is_sandbox())
        .map(account)
        .collect()
}

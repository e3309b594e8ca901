//! A stand-in for the providers: their wire APIs on one loopback socket, with the documented
//! examples and a larger made-up data set, so that everything above them works without an account.
//! What is written stays until the sandbox ends or is reset; failures come on request, see [`Control`].
//!
//! This file is the registry: the only one outside the provider folders that names a provider.

mod account;
mod bland;
mod clock;
mod control;
mod fault;
mod http;
mod provider;
mod server;
mod site;
mod state;
mod twilio;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use crate::account::{Account, Credential};
use crate::bland::Bland;
pub use crate::clock::Clock;
pub use crate::control::{Control, Refused};
pub use crate::fault::{Body, Drift, Fault, Invalid, Listed, NamedBody, RetryAfter, Truncate};
use crate::provider::Provider;
use crate::site::Site;
use crate::twilio::Twilio;

const TWILIO: &str = "twilio";
const BLAND: &str = "bland";

/// One account at each provider, for a sandbox that nobody configured.
pub fn demo_accounts() -> Vec<Account> {
    let login = Credential::Basic {
        username: "SKsandbox".to_owned().into(),
        password: "sandbox".to_owned().into(),
    };
    let key = Credential::Key("sandbox".to_owned().into());
    vec![
        Account {
            provider: TWILIO.to_owned(),
            credential: login,
        },
        Account {
            provider: BLAND.to_owned(),
            credential: key,
        },
    ]
}

/// Paths of the gateway's API that show something, for a connection to this provider.
pub fn examples(provider: &str, connection: &str) -> Vec<String> {
    let paths = match provider {
        TWILIO => twilio::EXAMPLES,
        BLAND => bland::EXAMPLES,
        _ => &[],
    };
    paths
        .iter()
        .map(|path| path.replace("{connection}", connection))
        .collect()
}

/// All providers on one bound listener; nothing is answered before [`Sandbox::serve`].
pub struct Sandbox {
    listener: TcpListener,
    local_addr: SocketAddr,
    site: Arc<Site>,
}

impl Sandbox {
    /// Binds a loopback address; the given accounts, and no others, will be let in.
    ///
    /// # Errors
    /// `InvalidInput` for an address off loopback, an unknown provider, or a credential of a kind
    /// that its provider does not take; else what the socket reports.
    pub async fn bind(addr: SocketAddr, accounts: Vec<Account>) -> io::Result<Self> {
        Self::bind_with_clock(addr, accounts, Clock::system()).await
    }

    /// As [`Sandbox::bind`], with dates of one's own for what is written.
    ///
    /// # Errors
    /// As [`Sandbox::bind`].
    pub async fn bind_with_clock(addr: SocketAddr, accounts: Vec<Account>, clock: Clock) -> io::Result<Self> {
        if !addr.ip().to_canonical().is_loopback() {
            return Err(invalid(format!(
                "the sandbox serves loopback addresses only, not {addr}"
            )));
        }
        let site = Arc::new(Site::new(providers(accounts, &clock)?));
        let listener = TcpListener::bind(addr).await?;
        let local_addr = listener.local_addr()?;
        Ok(Self {
            listener,
            local_addr,
            site,
        })
    }

    /// The bound address, with the port that port 0 became.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// A handle on faults and data, also while it serves.
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.site))
    }

    /// Answers until `shutdown`, then ends every connection and returns.
    pub async fn serve(self, shutdown: CancellationToken) {
        server::serve(self.listener, self.local_addr, self.site, shutdown).await;
    }
}

/// Every provider, each with its own accounts: one without any still refuses as it would.
fn providers(accounts: Vec<Account>, clock: &Clock) -> io::Result<Vec<Box<dyn Provider>>> {
    let (mut logins, mut keys) = (Vec::new(), Vec::new());
    for Account { provider, credential } in accounts {
        match (provider.as_str(), &credential) {
            (TWILIO, Credential::Basic { .. }) => logins.push(credential),
            (BLAND, Credential::Key(_)) => keys.push(credential),
            (TWILIO, _) => return Err(invalid(format!("{TWILIO} takes a username and a password"))),
            (BLAND, _) => return Err(invalid(format!("{BLAND} takes a key"))),
            _ => {
                return Err(invalid(format!(
                    "the sandbox knows no provider called {provider:?}"
                )));
            }
        }
    }
    Ok(vec![
        Box::new(Twilio::new(TWILIO, logins, clock.clone())?),
        Box::new(Bland::new(BLAND, keys, clock.clone())?),
    ])
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}

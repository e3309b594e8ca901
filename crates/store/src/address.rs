//! Where the store is, and the password for it, which shows nowhere.

use std::fmt;
use std::sync::Arc;

use redis::{ConnectionAddr, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo};
use secrecy::{ExposeSecret, SecretString};
use tokio_rustls::rustls::ClientConfig;

/// Where the store is, and who we are there.
#[derive(Clone)]
pub struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) login: RedisConnectionInfo,
    is_secure: bool,
    pub(crate) tls: Option<Arc<ClientConfig>>,
}

/// Why a URL is none of a store. It has no part of the URL, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadAddress(&'static str);

impl fmt::Display for BadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Address {
    /// Reads `redis://[[user]:password@]host[:port][/database]`, or `rediss://…` for TLS, which then needs
    /// [`Address::with_tls`]. What is reserved in URLs stands percent-encoded in a password.
    pub fn parse(url: &SecretString) -> Result<Self, BadAddress> {
        let url = url.expose_secret();
        let (is_secure, rest) = match (url.strip_prefix("redis://"), url.strip_prefix("rediss://")) {
            (Some(rest), _) => (false, rest),
            (_, Some(rest)) => (true, rest),
            _ => return Err(BadAddress("is no redis:// or rediss:// URL")),
        };
        // The library has options there, one of which switches the verification of certificates off.
        if rest.contains(['?', '#']) {
            return Err(BadAddress("has a query or a fragment, which mean nothing here"));
        }
        let info = format!("redis://{rest}")
            .into_connection_info()
            .map_err(|_| BadAddress("is no URL of a host, with a number of a database at most"))?;
        let ConnectionAddr::Tcp(host, port) = info.addr() else {
            return Err(BadAddress("names no host"));
        };
        Ok(Self {
            host: host.clone(),
            port: *port,
            // Messages and answers on one connection.
            login: info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3),
            is_secure,
            tls: None,
        })
    }

    /// Whether there is a password in it.
    pub fn has_password(&self) -> bool {
        self.login.password().is_some()
    }

    /// Whether it is reached over TLS.
    pub fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// How TLS is spoken there, and who is trusted.
    #[must_use]
    pub fn with_tls(mut self, tls: ClientConfig) -> Self {
        self.tls = self.is_secure.then(|| Arc::new(tls));
        self
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        let login = |address: &'_ Self| {
            let login = &address.login;
            let words = [login.username(), login.password()];
            (login.db(), words.map(|word| word.map(str::to_owned)))
        };
        (&self.host, self.port, self.is_secure) == (&other.host, other.port, other.is_secure)
            && login(self) == login(other)
    }
}

impl Eq for Address {}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({}:{})", self.host, self.port)
    }
}

//! `[server]`: listeners, limits, patience.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;

use super::address;
use super::form::{Form, Key};
use super::secret::{Literal, Secret};
use super::table::Table;
use super::tls::{self, Tls};
use super::value::{Zero, count, duration, size};

/// The section.
#[derive(Debug)]
pub struct Server {
    /// The API, the pass-through face, docs, console.
    pub listen: SocketAddr,
    /// Metrics, health, admin.
    pub admin_listen: SocketAddr,
    /// TLS on `listen`; without it that is plain.
    pub tls: Option<Tls>,
    /// As configured; [`Server::public_url`] is always there.
    pub configured_public_url: Option<String>,
    /// As configured; [`Server::allowed_hosts`] has an answer without it too.
    pub configured_hosts: Option<Vec<String>>,
    /// Networks whose word on a client's address counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Keys cursors and pseudonyms.
    pub secret: Option<Secret>,
    /// Threads; 0 is one per core.
    pub workers: usize,
    /// Between turning unready and refusing connections.
    pub drain_delay: Duration,
    /// For requests in flight after that.
    pub drain_timeout: Duration,
    /// For a request, whatever happens below it.
    pub request_timeout: Duration,
    /// For a request's head.
    pub header_read_timeout: Duration,
    /// For a connection on which nothing happens.
    pub idle_timeout: Duration,
    /// For a client that does not read.
    pub write_timeout: Duration,
    /// Bytes of a request's head.
    pub max_header: usize,
    /// Bytes of a request's body.
    pub max_body: usize,
    /// Requests at once.
    pub max_in_flight: usize,
    /// Connections at once.
    pub max_connections: usize,
}

/// Below this hyper does not read a head at all.
const LEAST_HEADER: usize = 8 << 10;

/// Its keys.
pub(super) const KEYS: &[Key] = &[
    Key::new("listen", Form::ADDRESS),
    Key::new("admin_listen", Form::ADDRESS),
    Key::new("tls", Form::Table(tls::KEYS)),
    Key::new("public_url", Form::ORIGIN),
    Key::new("allowed_hosts", Form::List(&Form::HOST, false)),
    Key::new("trusted_proxies", Form::List(&Form::NETWORK, false)),
    Key::new("secret", Form::SECRET),
    Key::new("workers", Form::Count(0, 1024)),
    Key::new("drain_delay", Form::Duration(Zero::Allowed)),
    Key::new("drain_timeout", Form::Duration(Zero::Allowed)),
    Key::new("request_timeout", Form::Duration(Zero::Refused)),
    Key::new("header_read_timeout", Form::Duration(Zero::Refused)),
    Key::new("idle_timeout", Form::Duration(Zero::Refused)),
    Key::new("write_timeout", Form::Duration(Zero::Refused)),
    Key::new("max_header", Form::Size(LEAST_HEADER as u64, 1 << 20)),
    Key::new("max_body", Form::Size(0, 1 << 30)),
    Key::new("max_in_flight", Form::Count(1, 1_000_000)),
    Key::new("max_connections", Form::Count(1, 1_000_000)),
];

impl Server {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        let unset = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            listen: table.need("listen", address::socket).unwrap_or(unset),
            admin_listen: table.need("admin_listen", address::socket).unwrap_or(unset),
            tls: table.optional_table("tls", Tls::read).flatten(),
            configured_public_url: table.optional("public_url", address::public_url),
            configured_hosts: table.optional_list("allowed_hosts", address::host),
            trusted_proxies: table.list("trusted_proxies", address::network),
            secret: table.secret("secret", Literal::Refused),
            workers: table.get("workers", count(0..=1024)),
            drain_delay: table.get("drain_delay", duration(Zero::Allowed)),
            drain_timeout: table.get("drain_timeout", duration(Zero::Allowed)),
            request_timeout: table.get("request_timeout", duration(Zero::Refused)),
            header_read_timeout: table.get("header_read_timeout", duration(Zero::Refused)),
            idle_timeout: table.get("idle_timeout", duration(Zero::Refused)),
            write_timeout: table.get("write_timeout", duration(Zero::Refused)),
            max_header: table.get("max_header", size(LEAST_HEADER..=1 << 20)),
            max_body: table.get("max_body", size(0..=1 << 30)),
            max_in_flight: table.get("max_in_flight", count(1..=1_000_000)),
            max_connections: table.get("max_connections", count(1..=1_000_000)),
        }
    }

    /// Where clients reach the gateway, without a trailing slash. `bound` is the address that the system gave.
    pub fn public_url(&self, bound: SocketAddr) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        if let Some(url) = &self.configured_public_url {
            url.clone()
        } else if bound.ip().is_unspecified() {
            format!("{scheme}://localhost:{}", bound.port())
        } else {
            format!("{scheme}://{bound}")
        }
    }

    /// The hosts that requests may name, as a `Host` header has them but without port: a port says nothing
    /// about who is meant, and differs where a container maps it.
    pub fn allowed_hosts(&self, bound: SocketAddr) -> Vec<String> {
        if let Some(hosts) = &self.configured_hosts {
            return hosts.clone();
        }
        let public = url::Url::parse(&self.public_url(bound));
        let mut hosts: Vec<String> = public
            .iter()
            .filter_map(|url| url.host_str().map(str::to_owned))
            .collect();
        hosts.push(match bound.ip() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        });
        if bound.ip().is_loopback() {
            hosts.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
        }
        hosts.sort_unstable();
        hosts.dedup();
        hosts
    }
}

//! The configuration: one file per section of `config.toml`, which documents and is the default.
//!
//! Reading is strict. An unknown key, a value out of its range, a secret that is not there or a combination
//! that would be unsafe is refused with its place and what to do, and all that is wrong is said at once.

mod address;
mod auth;
mod cache;
mod change;
mod clients;
mod comments;
mod connections;
mod context;
mod cors;
mod document;
mod form;
mod limits;
mod listening;
mod loader;
mod problem;
mod rate;
mod rate_limit;
mod reference;
mod rules;
mod schema;
mod secret;
mod server;
mod store;
mod table;
mod telemetry;
mod tls;
mod value;
mod webhooks;

#[cfg(test)]
mod tests;

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use model::Profile;
use serde_json::Value;

pub use auth::{Auth, Jwks, Jwt, Mode};
pub use cache::{Cache, Ttl};
pub use clients::{Client, LimitedBy, key_id};
pub use connections::{BaseUrl, Connection, Credential};
pub use cors::Cors;
pub use limits::{Circuit, Limits, Retries};
pub use listening::Listening;
pub use loader::{Loaded, Loader, Lookup, SHIPPED, process_environment};
pub use problem::{ConfigError, Severity};
pub use rate::Rate;
pub use rate_limit::RateLimit;
pub use reference::reference;
pub use schema::schema;
pub use secret::Secret;
pub use server::Server;
pub use store::{OnError, Store};
pub use telemetry::{Collector, LogFormat, Protocol, Telemetry};
pub use tls::Tls;
pub use webhooks::Webhooks;

use table::Table;

/// A configuration without a fault.
#[derive(Debug)]
pub struct Config {
    /// `[server]`.
    pub server: Server,
    /// `[cors]`.
    pub cors: Cors,
    /// `[auth]`.
    pub auth: Auth,
    /// `[[clients]]`, in the order of the file.
    pub clients: Vec<Client>,
    /// `[connections]`, in the order of the file.
    pub connections: Vec<Connection>,
    /// `[webhooks]`.
    pub webhooks: Webhooks,
    /// `[cache]`.
    pub cache: Cache,
    /// `[rate_limit]`.
    pub rate_limit: RateLimit,
    /// `[store]`.
    pub store: Store,
    /// `[telemetry]`.
    pub telemetry: Telemetry,
    view: Value,
}

impl Config {
    fn read(mut root: Table<'_>, profiles: &[&'static Profile]) -> Self {
        let (connections, names) = connections::read(&mut root, profiles);
        let auth = root.table("auth", Auth::read);
        let server = root.table("server", Server::read);
        // With a fault in one of these tables nobody knows.
        let open = clients::Open {
            tokens: auth.jwt.is_some() || root.context().has_refused_in("auth.jwt"),
            certificates: server.tls.as_ref().is_some_and(Tls::asks_clients)
                || root.context().has_refused_in("server.tls"),
        };
        let mut config = Self {
            server,
            cors: root.table("cors", Cors::read),
            auth,
            clients: clients::read(&mut root, &names, open),
            connections,
            webhooks: root.table("webhooks", Webhooks::read),
            cache: root.table("cache", Cache::read),
            rate_limit: root.table("rate_limit", RateLimit::read),
            store: root.table("store", Store::read),
            telemetry: root.table("telemetry", Telemetry::read),
            view: Value::Null,
        };
        rules::check(&config, root.context());
        config.view = root.finish();
        config
    }

    /// Whether no connection leaves the process.
    pub fn is_sandbox_only(&self) -> bool {
        self.connections.iter().all(Connection::is_sandbox)
    }

    /// Every value in effect, as the file would have it, with secrets starred.
    pub fn redacted(&self) -> &Value {
        &self.view
    }

    /// SHA-256 of [`Config::redacted`] in hex. Equal hashes are equal settings; whether the secrets behind
    /// their references are equal too it does not say, since a hash of a secret helps to guess it.
    pub fn hash(&self) -> String {
        let text = self.view.to_string();
        HEXLOWER.encode(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
    }
}

//! `/v1/overview`: what the gateway is doing now. What was counted is counted since the start, so that whoever asks
//! twice knows what happened in between.

mod view;

use std::sync::Arc;

use layers::upstream::CircuitState;
use layers::{Draft, NO_STORE, Permission};
use model::{Result, Timestamp};
use tokio::time::Instant;

pub use self::view::Overview;
use self::view::{
    Cache, Client, Configuration, Connection, Gateway, Pace, Quota, RateLimit, Requests, Store,
};
use super::call::Call;
use super::endpoint::Endpoint;
use super::json;
use super::route::{Action, Gives, Route};
use crate::config::{self, Mode};
use crate::connection;
use crate::metrics::Counts;
use crate::sight::Sight;
use crate::{clock, gateway};

/// The route of this file.
pub const ROUTES: &[Route] = &[Route {
    template: "/v1/overview",
    public: false,
    actions: &[Action::own(
        "get_overview",
        "What the gateway is doing now",
        Gives::One("Overview"),
        |_, _| Ok(Endpoint::Overview),
    )
    .for_whom(Permission::Admin)],
}];

/// Puts it together.
pub fn get(call: &Call) -> Result<Draft> {
    let (gateway, sight) = (&call.gateway, call.sight()?);
    let (metrics, config) = (&gateway.metrics, &gateway.config);
    let requests = metrics.http.read();
    let [_, _, success, redirect, client_error, server_error] = requests.by_class;
    let (last_reload_successful, last_reload_at) = metrics.last_reload();
    let seen = |connection: &&connection::Connection| sight.connection(&connection.name);
    let connections = gateway.connections.iter().filter(seen);
    let overview = Overview {
        as_of: clock::now(),
        started_at: metrics.started.clone(),
        version: env!("CARGO_PKG_VERSION"),
        clients: clients(gateway, sight, &requests.by_client),
        gateway: Gateway {
            requests_in_flight: requests.in_flight,
            max_in_flight: config.server.max_in_flight,
            sockets: metrics.sockets(),
            requests: Requests {
                success,
                redirect,
                client_error,
                server_error,
            },
            duration: requests.duration,
            overhead: requests.overhead,
        },
        cache: Cache {
            entries: gateway.cache.entries(),
            bytes: gateway.cache.bytes(),
            max_bytes: config.cache.max_bytes,
            requests: metrics.cache_requests(),
        },
        connections: connections.map(|one| of_connection(gateway, one)).collect(),
        store: gateway.store_status().map(|status| Store { status }),
        configuration: Configuration {
            hash: config.hash(),
            last_reload_successful,
            last_reload_at,
        },
    };
    Ok(Draft {
        cache_control: NO_STORE,
        ..Draft::json(json::bytes(&overview)?)
    })
}

/// Whoever can come in and has a name here.
fn clients(gateway: &Arc<gateway::Gateway>, sight: Sight<'_>, requests: &Counts<String>) -> Vec<Client> {
    let config = &gateway.config;
    let refused = gateway.metrics.refused();
    let client = |name: &str, rate_limit| Client {
        name: name.to_owned(),
        requests: requests.get(name).copied().unwrap_or_default(),
        refused: refused.get(name).copied().unwrap_or_default(),
        rate_limit,
    };
    if config.auth.mode == Mode::None {
        return vec![client("anonymous", None)];
    }
    let configured = config.clients.iter();
    let seen = configured.filter(|settings| sight.client(&settings.connections));
    let named = seen.map(|settings| {
        let quota = settings.rate_limit.map(|rate| quota(gateway, settings, rate));
        client(&settings.name, quota)
    });
    // Of tokens that belong to no configured client; it may be permitted everything.
    let other = config.auth.jwt.as_ref().filter(|_| sight.is_whole());
    named.chain(other.map(|_| client("other", None))).collect()
}

fn quota(gateway: &gateway::Gateway, settings: &config::Client, rate: config::Rate) -> Quota {
    // Where replicas share the count, this one does not know it.
    let alone = gateway.store.is_none();
    Quota {
        rate: rate.into(),
        remaining: alone.then(|| gateway.limits.remaining(settings.index)).flatten(),
    }
}

fn of_connection(gateway: &gateway::Gateway, connection: &connection::Connection) -> Connection {
    let counted = &connection.counted;
    let settings = gateway.config.connections.get(connection.index as usize);
    let limits = settings.map(|settings| settings.limits);
    let standing = connection.pace.standing();
    Connection {
        name: connection.name.clone(),
        provider: connection.provider.profile().provider,
        sandbox: connection.sandbox,
        health: connection.circuit.health(),
        circuit: match connection.circuit.state() {
            CircuitState::Closed => "closed",
            CircuitState::HalfOpen => "half_open",
            CircuitState::Open => "open",
        },
        in_flight: counted.under_way(),
        concurrency_limit: limits.map_or(0, |limits| limits.max_concurrency),
        calls: counted.calls(),
        duration: counted.duration(),
        queue: counted.queue(),
        cache: counted.reads(),
        rate_limit: limits.map(|limits| Pace {
            rate: limits.rate.into(),
            remaining: standing.remaining,
            paused_until: standing.paused_until.map(on_the_clock),
        }),
    }
}

impl From<config::Rate> for RateLimit {
    fn from(rate: config::Rate) -> Self {
        Self {
            requests: rate.requests,
            per_seconds: rate.per.as_secs_f64(),
            burst: rate.burst,
        }
    }
}

/// A moment to come, as people read it.
fn on_the_clock(moment: Instant) -> Timestamp {
    clock::after(moment.saturating_duration_since(Instant::now()))
}

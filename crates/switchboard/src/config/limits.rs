//! The limits of a connection: how much it sends, how long it waits, when it tries again and when it stops.

use std::time::Duration;

use super::form::{Form, Key};
use super::rate::{self, Rate};
use super::table::Table;
use super::value::{Zero, count, duration, ratio, size};

/// The limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// How much it may send.
    pub rate: Rate,
    /// How many requests at once.
    pub max_concurrency: usize,
    /// The longest wait for a turn.
    pub max_wait: Duration,
    /// The longest pause that a provider's hint causes.
    pub max_pause: Duration,
    /// For one attempt.
    pub attempt_timeout: Duration,
    /// For connecting.
    pub connect_timeout: Duration,
    /// Bytes of an answer.
    pub max_response: usize,
    /// When to try again.
    pub retries: Retries,
    /// When to stop trying.
    pub circuit: Circuit,
}

/// When to try again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retries {
    /// How often for one request.
    pub max: u32,
    /// Retries as a share of all requests.
    pub budget: f64,
}

/// When to stop trying.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circuit {
    /// The share of failures that opens it.
    pub failure_ratio: f64,
    /// Fewer requests open nothing.
    pub minimum_requests: u32,
    /// Over how long both are counted.
    pub window: Duration,
    /// How long it stays open.
    pub open: Duration,
}

/// What a connection has where its table says nothing.
pub(super) const DEFAULTS: &str = r#"
rate_limit = { requests = 50, per = "1s", burst = 50 }
max_concurrency = 25
max_wait = "5s"
max_pause = "3s"
attempt_timeout = "5s"
connect_timeout = "2s"
max_response = "8MiB"
retries = { max = 2, budget = 0.2 }
circuit = { failure_ratio = 0.5, minimum_requests = 20, window = "10s", open = "5s" }
"#;

/// Their keys.
pub(super) const KEYS: &[Key] = &[
    Key::new("rate_limit", Form::Table(RATE_LIMIT)),
    Key::new("max_concurrency", Form::Count(1, 100_000)),
    Key::new("max_wait", Form::Duration(Zero::Allowed)),
    Key::new("max_pause", Form::Duration(Zero::Allowed)),
    Key::new("attempt_timeout", Form::Duration(Zero::Refused)),
    Key::new("connect_timeout", Form::Duration(Zero::Refused)),
    Key::new("max_response", Form::Size(1, 1 << 30)),
    Key::new("retries", Form::Table(RETRIES)),
    Key::new("circuit", Form::Table(CIRCUIT)),
];

const RATE_LIMIT: &[Key] = &[
    Key::new("requests", rate::REQUESTS),
    Key::new("per", rate::PER),
    Key::new("burst", rate::BURST),
];

const RETRIES: &[Key] = &[
    Key::new("max", Form::Count(0, 10)),
    Key::new("budget", Form::Share(Zero::Allowed)),
];

const CIRCUIT: &[Key] = &[
    Key::new("failure_ratio", Form::Share(Zero::Refused)),
    Key::new("minimum_requests", Form::Count(1, 1_000_000)),
    Key::new("window", Form::Duration(Zero::Refused)),
    Key::new("open", Form::Duration(Zero::Refused)),
];

impl Limits {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        Self {
            rate: table.table("rate_limit", Rate::read),
            max_concurrency: table.get("max_concurrency", count(1..=100_000)),
            max_wait: table.get("max_wait", duration(Zero::Allowed)),
            max_pause: table.get("max_pause", duration(Zero::Allowed)),
            attempt_timeout: table.get("attempt_timeout", duration(Zero::Refused)),
            connect_timeout: table.get("connect_timeout", duration(Zero::Refused)),
            max_response: table.get("max_response", size(1..=1 << 30)),
            retries: table.table("retries", Retries::read),
            circuit: table.table("circuit", Circuit::read),
        }
    }
}

impl Retries {
    fn read(table: &mut Table<'_>) -> Self {
        Self {
            max: table.get("max", count(0..=10)),
            budget: table.get("budget", ratio(Zero::Allowed)),
        }
    }
}

impl Circuit {
    fn read(table: &mut Table<'_>) -> Self {
        Self {
            failure_ratio: table.get("failure_ratio", ratio(Zero::Refused)),
            minimum_requests: table.get("minimum_requests", count(1..=1_000_000)),
            window: table.get("window", duration(Zero::Refused)),
            open: table.get("open", duration(Zero::Refused)),
        }
    }
}

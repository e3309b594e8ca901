//! When a stored answer may be served, and what an error means for it. Pure: ages come in, decisions go out.

use std::time::Duration;

use http::HeaderMap;
use http::header::CACHE_CONTROL;
use model::{Code, Error, Origin};

use super::status::Why;

/// How long an answer is good for what, counted from the last upstream answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lifetimes {
    /// Served without asking.
    pub fresh: Duration,
    /// The same for the provider's `not_found`.
    pub not_found: Duration,
    /// After `fresh`: served at once, and refreshed behind.
    pub stale_while_revalidate: Duration,
    /// After `fresh`: served if the provider cannot answer.
    pub stale_if_error: Duration,
}

impl Lifetimes {
    /// How long an answer is worth its memory.
    pub(super) fn keep(&self) -> Duration {
        self.fresh + self.stale_while_revalidate.max(self.stale_if_error)
    }
}

/// What the client's `Cache-Control` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Directives {
    /// Refresh the entry.
    pub no_cache: bool,
    /// Neither read nor keep one.
    pub no_store: bool,
    /// Nothing older than this many seconds; 0 is `no_cache`.
    pub max_age: Option<u64>,
    /// Do not ask the provider.
    pub only_if_cached: bool,
}

impl Directives {
    /// Of a request. Unknown directives are ignored, a `max-age` that is no number counts as 0.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut found = Self::default();
        let lines = headers.get_all(CACHE_CONTROL).iter();
        for directive in lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
        {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            let name = name.trim();
            if name.eq_ignore_ascii_case("no-cache") {
                found.no_cache = true;
            } else if name.eq_ignore_ascii_case("no-store") {
                found.no_store = true;
            } else if name.eq_ignore_ascii_case("only-if-cached") {
                found.only_if_cached = true;
            } else if name.eq_ignore_ascii_case("max-age") {
                let age = seconds(value.trim().trim_matches('"'));
                found.max_age = Some(found.max_age.map_or(age, |other| other.min(age)));
            }
        }
        found
    }

    /// Whether the client wants news, whatever is stored.
    pub(super) fn refresh(&self) -> bool {
        self.no_cache || self.max_age == Some(0)
    }

    /// Whether something this old is acceptable.
    pub(super) fn accept(&self, age: Duration) -> bool {
        !self.refresh() && self.max_age.is_none_or(|most| age.as_secs() <= most)
    }
}

/// What to do with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Serve what is stored.
    Serve,
    /// Serve it, and refresh it behind.
    Revalidate,
    /// The client forbade to ask.
    Refuse,
    /// Ask.
    Ask(Why),
}

/// What is stored: its age, how long it is fresh, and until when it may be served while it is refreshed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) age: Duration,
    pub(super) fresh: Duration,
    pub(super) revalidate: Duration,
}

/// What an entry is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// There is none.
    Absent,
    /// Served without asking.
    Fresh,
    /// Served, and refreshed behind.
    Revalidated,
    /// Served only if the provider cannot answer.
    Stale,
}

/// What is found, for whoever wishes nothing in particular.
pub(super) fn standing(found: Option<Found>) -> Standing {
    match decide(found, Directives::default()) {
        Decision::Serve => Standing::Fresh,
        Decision::Revalidate => Standing::Revalidated,
        Decision::Ask(Why::Stale) => Standing::Stale,
        Decision::Ask(_) | Decision::Refuse => Standing::Absent,
    }
}

pub(super) fn decide(found: Option<Found>, ask: Directives) -> Decision {
    let why = match found {
        Some(found) if ask.accept(found.age) => {
            if found.age < found.fresh {
                return Decision::Serve;
            }
            if found.age < found.revalidate {
                return Decision::Revalidate;
            }
            Why::Stale
        }
        Some(_) => Why::Request,
        None if ask.refresh() => Why::Request,
        None => Why::UriMiss,
    };
    if ask.only_if_cached {
        Decision::Refuse
    } else {
        Decision::Ask(why)
    }
}

/// The word for an error that permits a stale answer: the provider could not answer, rather than would not.
pub(super) fn permits_stale(error: &Error) -> Option<&'static str> {
    match (error.code(), error.origin()) {
        (Code::ProviderUnavailable, _) => Some("provider_unavailable"),
        (Code::ProviderTimeout, _) => Some("provider_timeout"),
        (Code::DeadlineExceeded, _) => Some("deadline_exceeded"),
        (Code::CircuitOpen, _) => Some("circuit_open"),
        (Code::RateLimited | Code::Overloaded, Origin::Provider) => Some("provider_throttled"),
        _ => None,
    }
}

/// Whether the error is the provider's word that there is nothing, and so worth keeping for a moment.
pub(super) fn is_absence(error: &Error) -> bool {
    error.code() == Code::NotFound && (error.origin() == Origin::Provider || error.connection().is_some())
}

/// Whether what is stored must not be served after this error.
pub(super) fn revokes(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::ProviderAuthFailed | Code::Unauthenticated | Code::Forbidden | Code::NotFound
    )
}

fn seconds(text: &str) -> u64 {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    // Digits alone fail to parse only when they are too many.
    text.parse().unwrap_or(u64::MAX)
}

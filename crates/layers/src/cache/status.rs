//! What the cache did with a request, as the client reads it (RFC 9211) and as metrics count it.

use std::time::Duration;

use http::HeaderValue;

use crate::value::Writer;

/// What the cache did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheStatus {
    /// Served from what is stored.
    Hit {
        /// Since the last upstream answer.
        age: Duration,
        /// How long that answer was to be fresh.
        fresh: Duration,
        /// In which way.
        served: Served,
    },
    /// Asked further in.
    Forward {
        /// Why.
        why: Why,
        /// What became of the answer.
        then: Then,
    },
}

/// In which way a stored answer was served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// As what this replica knows.
    Own,
    /// As what another replica has kept.
    Shared,
    /// Though it is stale, for this reason.
    Stale(&'static str),
}

/// Why a request was forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Nothing was stored.
    UriMiss,
    /// What was stored is too old.
    Stale,
    /// The client asked for news.
    Request,
    /// The client wants no cache at all.
    Bypass,
}

/// What became of a forwarded request's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It is stored now.
    Stored,
    /// It is not.
    Passed,
    /// It was another request's.
    Collapsed,
}

impl CacheStatus {
    /// The value of `Cache-Status`.
    pub fn header(&self) -> HeaderValue {
        match *self {
            Self::Hit { age, fresh, served } => {
                let sign = if age.as_secs() > fresh.as_secs() { "-" } else { "" };
                let ttl = age.as_secs().abs_diff(fresh.as_secs());
                let mut hit = Writer::new();
                hit.text("switchboard; hit; ttl=").text(sign).number(ttl);
                match served {
                    Served::Own => hit.finish(),
                    Served::Shared => hit.text("; detail=store").finish(),
                    Served::Stale(detail) => hit.text("; detail=").text(detail).finish(),
                }
            }
            Self::Forward { why, then } => {
                let why = match why {
                    Why::UriMiss => "uri-miss",
                    Why::Stale => "stale",
                    Why::Request => "request",
                    Why::Bypass => "bypass",
                };
                let then = match then {
                    Then::Stored => "; stored",
                    Then::Passed => "",
                    Then::Collapsed => "; collapsed",
                };
                Writer::new()
                    .text("switchboard; fwd=")
                    .text(why)
                    .text(then)
                    .finish()
            }
        }
    }

    /// The word for metrics and logs.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Hit {
                served: Served::Stale(_),
                ..
            } => "stale",
            Self::Hit { .. } => "hit",
            Self::Forward { why: Why::Bypass, .. } => "bypass",
            Self::Forward {
                then: Then::Collapsed,
                ..
            } => "collapsed",
            Self::Forward { .. } => "miss",
        }
    }

    /// How old the answer is, if it was stored.
    pub const fn age(&self) -> Option<Duration> {
        match self {
            Self::Hit { age, .. } => Some(*age),
            Self::Forward { .. } => None,
        }
    }
}

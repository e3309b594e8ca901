//! The wall clock, for what clients and operators read. Durations are measured elsewhere, on the monotonic one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::Timestamp;

/// Now, to the millisecond.
pub fn now() -> Timestamp {
    Timestamp::from_unix_milliseconds(i64::try_from(since_epoch().as_millis()).unwrap_or(i64::MAX))
}

/// Seconds since 1970.
pub fn unix_seconds() -> f64 {
    since_epoch().as_secs_f64()
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

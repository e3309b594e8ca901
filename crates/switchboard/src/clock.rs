//! The wall clock, for what clients and operators read. Durations are measured elsewhere, on the monotonic one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::Timestamp;

/// Now, to the millisecond.
pub fn now() -> Timestamp {
    after(Duration::ZERO)
}

/// After so much time from now, to the millisecond.
pub fn after(time: Duration) -> Timestamp {
    let at = since_epoch().saturating_add(time).as_millis();
    Timestamp::from_unix_milliseconds(i64::try_from(at).unwrap_or(i64::MAX))
}

/// Now, in seconds since 1970.
pub fn unix_seconds() -> f64 {
    seconds_of(SystemTime::now())
}

/// A moment in seconds since 1970.
pub fn seconds_of(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

//! A rate with a burst, as clients and connections have one.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::Quota;

/// So many in so much time, and how many may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// So many requests or attempts
    pub requests: NonZeroU32,
    /// in this time,
    pub per: Duration,
    /// and so many at once.
    pub burst: NonZeroU32,
}

impl Rate {
    /// The time in which one comes back.
    pub fn interval(&self) -> Duration {
        self.per / self.requests.get()
    }

    /// In the limiter's terms. `None` for more than one in a nanosecond, which is no limit.
    pub(crate) fn quota(&self) -> Option<Quota> {
        Some(Quota::with_period(self.interval())?.allow_burst(self.burst))
    }
}

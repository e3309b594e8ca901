//! A rate in the terms of the limiters of one replica.

use governor::Quota;
use store::Rate;

/// `None` for more than one in a nanosecond, which is no limit.
pub(crate) fn quota(rate: Rate) -> Option<Quota> {
    Some(Quota::with_period(rate.interval())?.allow_burst(rate.burst))
}

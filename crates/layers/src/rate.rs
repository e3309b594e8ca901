//! A rate in the terms of the limiters of one replica, and what is left of it.

use std::sync::Arc;
use std::time::Duration;

use governor::Quota;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use store::Rate;

/// `None` for more than one in a nanosecond, which is no limit.
pub(crate) fn quota(rate: Rate) -> Option<Quota> {
    Some(Quota::with_period(rate.interval())?.allow_burst(rate.burst))
}

/// What a limiter remembers: when it will be full again. Clones are the same, so that one can be looked at while a
/// limiter has the other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Level(Arc<InMemoryState>);

impl Level {
    /// So many may come now. `age` is the time since the limiter began.
    pub(crate) fn remaining(&self, rate: Rate, age: Duration) -> u32 {
        let look = |full_at: Option<Nanos>| Err::<((), Nanos), _>(full_at.map_or(Duration::ZERO, Into::into));
        // What is refused changes nothing.
        let full_at = self.measure_and_replace(&NotKeyed::NonKey, look).err();
        let full_in = full_at.unwrap_or_default().saturating_sub(age);
        let used = full_in.as_nanos().div_ceil(rate.interval().as_nanos().max(1));
        let used = u32::try_from(used).unwrap_or(u32::MAX);
        rate.burst.get().saturating_sub(used)
    }
}

impl StateStore for Level {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, key: &NotKeyed, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.0.measure_and_replace(key, decide)
    }
}

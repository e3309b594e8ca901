//! Counts events of the last while, in ten buckets.

use std::time::Duration;

use tokio::time::Instant;

const BUCKETS: u32 = 10;

/// A rolling count. An event counts for nine to ten tenths of the window's length, until its bucket leaves.
#[derive(Debug)]
pub(super) struct Window {
    started: Instant,
    bucket: Duration,
    /// The number of the newest bucket since the start.
    newest: u128,
    /// The newest first.
    counts: [u32; BUCKETS as usize],
}

impl Window {
    /// An empty one.
    pub(super) fn new(length: Duration) -> Self {
        Self {
            started: Instant::now(),
            bucket: (length / BUCKETS).max(Duration::from_millis(1)),
            newest: 0,
            counts: [0; BUCKETS as usize],
        }
    }

    /// Counts one event.
    pub(super) fn add(&mut self, now: Instant) {
        self.advance(now);
        let [newest, ..] = &mut self.counts;
        *newest = newest.saturating_add(1);
    }

    /// How many events there were.
    pub(super) fn sum(&mut self, now: Instant) -> u32 {
        self.advance(now);
        self.counts
            .iter()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.counts.fill(0);
    }

    /// Drops the buckets that have left the window. A reading older than the newest counts as the newest:
    /// readings are taken before the lock, so they may arrive out of order.
    fn advance(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.started);
        let bucket = elapsed.as_nanos() / self.bucket.as_nanos();
        let steps = bucket.saturating_sub(self.newest);
        self.newest = self.newest.max(bucket);
        let steps = usize::try_from(steps)
            .unwrap_or(usize::MAX)
            .min(self.counts.len());
        self.counts.rotate_right(steps);
        self.counts.iter_mut().take(steps).for_each(|count| *count = 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against the definition: all events whose bucket is among the last ten.
        #[test]
        fn counts_exactly_the_last_ten_buckets(
            length in 10_u64..100_000,
            steps in prop::collection::vec((0_u64..40_000, any::<bool>()), 1..200),
        ) {
            let mut window = Window::new(Duration::from_millis(length));
            let bucket = (length * 1_000_000 / 10).max(1_000_000);
            let (start, mut elapsed, mut events) = (window.started, 0_u64, Vec::new());
            for (step, event) in steps {
                elapsed += step * 1_000_000;
                let now = start + Duration::from_nanos(elapsed);
                if event {
                    window.add(now);
                    events.push(elapsed / bucket);
                }
                let newest = elapsed / bucket;
                let expected = events.iter().filter(|of| newest - **of < 10).count();
                prop_assert_eq!(window.sum(now) as usize, expected);
            }
        }
    }

    #[test]
    fn survives_readings_out_of_order() {
        let mut window = Window::new(Duration::from_secs(10));
        let start = window.started;
        window.add(start + Duration::from_secs(5));
        window.add(start + Duration::from_secs(2));
        assert_eq!(window.sum(start), 2);
        assert_eq!(window.sum(start + Duration::from_secs(14)), 2);
        assert_eq!(window.sum(start + Duration::from_secs(15)), 0);
    }
}

//! Asks more often than it may, at both replicas, and counts what it gets.

use std::sync::Arc;

use tokio::time::Instant;

use super::Client;
use crate::http::{Ask, Caller};
use crate::settings::Variant;
use crate::tally::Promise;
use crate::world::World;

/// A client with a limit. What it gets is counted from one event that makes a limit start anew to the next.
pub(crate) struct Limited {
    world: Arc<World>,
    callers: [Caller; 2],
    turn: usize,
    epoch: u64,
    since: Instant,
    granted: u32,
}

impl Limited {
    pub(crate) fn new(world: &Arc<World>) -> Self {
        Self {
            world: Arc::clone(world),
            callers: [Caller::new(world, 0), Caller::new(world, 1)],
            turn: 0,
            epoch: u64::MAX,
            since: Instant::now(),
            granted: 0,
        }
    }

    /// The most that it may have been granted.
    fn quota(&self) -> f64 {
        let limit = Variant::USUAL;
        let one = f64::from(limit.burst) + f64::from(limit.burst / 2) * self.since.elapsed().as_secs_f64();
        // With a store they count together; without one, and while it is away, each by itself.
        let counts = if self.world.weather.is_shared() { 1.0 } else { 2.0 };
        one * counts
    }
}

impl Client for Limited {
    async fn act(&mut self) {
        self.turn += 1;
        let ask = Ask::get("limited", "/v1/connections/bland").by(&self.world.keys.limited);
        let epoch = self.world.weather.epoch();
        if epoch != self.epoch {
            (self.epoch, self.since, self.granted) = (epoch, Instant::now(), 0);
        }
        let [first, second] = &mut self.callers;
        let caller = if self.turn.is_multiple_of(2) {
            first
        } else {
            second
        };
        let Some(answer) = caller.ask(&ask).await else {
            return;
        };
        if !self.world.judge(&answer, &[200, 429]) {
            return;
        }
        if answer.header("ratelimit").is_none() || answer.header("ratelimit-policy").is_none() {
            self.world.wrong(&answer, "says nothing of the limit");
        }
        if answer.status == 429 {
            if answer.header("retry-after").is_none() || answer.at("/origin") != "gateway" {
                self.world.wrong(&answer, "not our limit");
            }
            return;
        }
        self.granted += 1;
        let (granted, quota) = (self.granted, self.quota());
        if f64::from(granted) <= quota {
            return;
        }
        self.world.has_shared().await;
        if self.world.weather.epoch() == epoch {
            let what = format!("{granted} requests granted where {quota:.1} were permitted");
            self.world.broken(Promise::Wrong, &what);
            self.epoch = u64::MAX;
        }
    }
}

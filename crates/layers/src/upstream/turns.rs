//! Gives out turns: a bound on attempts at once, a rate, and pauses that the provider asks for.
//!
//! There is no task behind it. One of those who wait, whoever holds `leader`, keeps the time for all; when it
//! gets its turn or leaves, the next one takes over.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use governor::RateLimiter;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until};

use super::queue::Queue;
use super::{CallObserver, lock};
use crate::rate::Rate;

/// Why there is no turn.
pub(super) enum Refused {
    /// The provider wants to be left alone for so long.
    Paused(Duration),
    /// None came free in time.
    Busy,
}

/// Gives out turns at one connection.
pub(super) struct Turns {
    limit: usize,
    rate: Option<RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>>,
    observer: Arc<dyn CallObserver>,
    state: Mutex<State>,
    leader: tokio::sync::Mutex<()>,
    changed: Notify,
}

struct State {
    active: usize,
    pause: Option<Pause>,
    queue: Queue<oneshot::Sender<Permit>>,
    next_id: u64,
}

#[derive(Clone, Copy)]
struct Pause {
    /// When we try again.
    until: Instant,
    /// What the provider asked for, which may be more.
    asked: Instant,
}

/// A turn. It lasts until this is dropped.
pub(super) struct Permit(Arc<Turns>);

impl Drop for Permit {
    fn drop(&mut self) {
        lock(&self.0.state).active -= 1;
        self.0.observer.in_flight(-1);
        self.0.changed.notify_one();
    }
}

impl Turns {
    pub(super) fn new(limit: usize, rate: Option<Rate>, observer: Arc<dyn CallObserver>) -> Self {
        let quota = rate.and_then(|rate| rate.quota());
        Self {
            limit: limit.max(1),
            rate: quota.map(|quota| RateLimiter::direct_with_clock(quota, TokioClock(Instant::now()))),
            observer,
            state: Mutex::new(State {
                active: 0,
                pause: None,
                queue: Queue::new(),
                next_id: 0,
            }),
            leader: tokio::sync::Mutex::new(()),
            changed: Notify::new(),
        }
    }

    /// Waits for a turn until `give_up`.
    pub(super) async fn take(self: &Arc<Self>, client: u32, give_up: Instant) -> Result<Permit, Refused> {
        let mut ticket = match self.enter(client, give_up)? {
            Entry::Turn(permit) => return Ok(permit),
            Entry::Wait(ticket) => ticket,
        };
        tokio::select! {
            biased;
            permit = &mut ticket.turn => permit.map_err(|_| self.refused()),
            () = sleep_until(give_up) => Err(self.refused()),
            never = self.keep_time() => match never {},
        }
    }

    /// The provider wants to be left alone. Attempts under way are not stopped.
    pub(super) fn pause(&self, until: Instant, asked: Instant) {
        let mut state = lock(&self.state);
        let pause = state.pause.get_or_insert(Pause { until, asked });
        pause.until = pause.until.max(until);
        pause.asked = pause.asked.max(asked);
    }

    fn enter(self: &Arc<Self>, client: u32, give_up: Instant) -> Result<Entry, Refused> {
        let mut state = lock(&self.state);
        if state.pause.is_some_and(|pause| pause.until > give_up) {
            drop(state);
            return Err(self.refused());
        }
        if state.queue.is_empty() && self.admit(&mut state).is_ok() {
            return Ok(Entry::Turn(self.permit()));
        }
        let (sender, turn) = oneshot::channel();
        let id = state.next_id;
        state.next_id += 1;
        if !state.queue.push(client, id, sender) {
            return Err(Refused::Busy);
        }
        Ok(Entry::Wait(Ticket {
            turns: Arc::clone(self),
            client,
            id,
            turn,
        }))
    }

    /// Serves the queue for as long as its caller waits.
    async fn keep_time(self: &Arc<Self>) -> Infallible {
        let _leader = self.leader.lock().await;
        loop {
            match self.serve() {
                // A turn that is given back would not help before.
                Some(at) => sleep_until(at).await,
                None => self.changed.notified().await,
            }
        }
    }

    /// Gives out the turns that there are. Answers when there will be more, if time alone brings them.
    fn serve(self: &Arc<Self>) -> Option<Instant> {
        loop {
            let mut state = lock(&self.state);
            if state.queue.is_empty() {
                return None;
            }
            if let Err(next) = self.admit(&mut state) {
                return next;
            }
            let first = state.queue.pop();
            // A permit that nobody takes gives itself back, for which it needs the lock.
            drop(state);
            let permit = self.permit();
            if let Some(first) = first {
                drop(first.send(permit));
            }
        }
    }

    /// Counts one more attempt, if it may be made now. Otherwise: when to ask again, if time alone helps.
    fn admit(&self, state: &mut State) -> Result<(), Option<Instant>> {
        let now = Instant::now();
        state.pause = state.pause.filter(|pause| now < pause.until);
        if let Some(pause) = state.pause {
            return Err(Some(pause.until));
        }
        if state.active >= self.limit {
            return Err(None);
        }
        if let Some(rate) = &self.rate {
            rate.check()
                .map_err(|not_until| Some(now + not_until.wait_time_from(rate.clock().now())))?;
        }
        state.active += 1;
        Ok(())
    }

    /// The permit for what `admit` has counted.
    fn permit(self: &Arc<Self>) -> Permit {
        self.observer.in_flight(1);
        Permit(Arc::clone(self))
    }

    fn refused(&self) -> Refused {
        let now = Instant::now();
        match lock(&self.state).pause {
            Some(pause) if now < pause.until => Refused::Paused(pause.asked - now),
            _ => Refused::Busy,
        }
    }
}

enum Entry {
    Turn(Permit),
    Wait(Ticket),
}

/// A place in the queue, given up when dropped.
struct Ticket {
    turns: Arc<Turns>,
    client: u32,
    id: u64,
    turn: oneshot::Receiver<Permit>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        lock(&self.turns.state).queue.remove(self.client, self.id);
    }
}

/// Tokio's clock for governor, so that tests can pause it.
#[derive(Debug, Clone)]
struct TokioClock(Instant);

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

//! Gives out turns: a bound on attempts at once, a rate, and pauses that the provider asks for.
//!
//! There is no task behind it. One of those who wait, whoever holds `leader`, keeps the time for all; when it
//! gets its turn or leaves, the next one takes over.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use governor::RateLimiter;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::NotKeyed;
use store::Rate;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until};

use super::queue::Queue;
use super::{CallObserver, lock};
use crate::rate::{Level, quota};

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
    rate: Option<Limiter>,
    level: Level,
    observer: Arc<dyn CallObserver>,
    state: Mutex<State>,
    leader: tokio::sync::Mutex<()>,
    changed: Notify,
}

type Limiter = RateLimiter<NotKeyed, Level, TokioClock, NoOpMiddleware<Duration>>;

struct State {
    active: usize,
    /// The same by client; those without any leave no trace.
    held: HashMap<u32, usize>,
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
pub(super) struct Permit {
    turns: Arc<Turns>,
    client: u32,
}

impl Drop for Permit {
    fn drop(&mut self) {
        lock(&self.turns.state).give_back(self.client);
        self.turns.observer.in_flight(-1);
        self.turns.changed.notify_one();
    }
}

impl State {
    fn hand_out(&mut self, client: u32) {
        *self.held.entry(client).or_default() += 1;
    }

    fn give_back(&mut self, client: u32) {
        self.active -= 1;
        if let Entry::Occupied(mut held) = self.held.entry(client) {
            *held.get_mut() -= 1;
            if *held.get() == 0 {
                held.remove();
            }
        }
    }
}

impl Turns {
    pub(super) fn new(limit: usize, rate: Option<Rate>, observer: Arc<dyn CallObserver>) -> Self {
        let quota = rate.and_then(quota);
        let (level, clock) = (Level::default(), TokioClock(Instant::now()));
        Self {
            limit: limit.max(1),
            rate: quota.map(|quota| RateLimiter::new(quota, level.clone(), clock)),
            level,
            observer,
            state: Mutex::new(State {
                active: 0,
                held: HashMap::new(),
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
            Entrance::Turn(permit) => return Ok(permit),
            Entrance::Wait(ticket) => ticket,
        };
        tokio::select! {
            biased;
            permit = &mut ticket.turn => permit.map_err(|_| self.refused()),
            () = sleep_until(give_up) => Err(self.refused()),
            never = self.keep_time() => match never {},
        }
    }

    /// Waits out a pause that has come since the turn.
    pub(super) async fn pass_pause(&self, give_up: Instant) -> Result<(), Refused> {
        loop {
            let now = Instant::now();
            let pause = lock(&self.state).pause.filter(|pause| now < pause.until);
            match pause {
                None => return Ok(()),
                Some(pause) if pause.until > give_up => return Err(self.refused()),
                Some(pause) => sleep_until(pause.until).await,
            }
        }
    }

    /// The provider wants to be left alone. Attempts under way are not stopped.
    pub(super) fn pause(&self, until: Instant, asked: Instant) {
        let mut state = lock(&self.state);
        let pause = state.pause.get_or_insert(Pause { until, asked });
        pause.until = pause.until.max(until);
        pause.asked = pause.asked.max(asked);
    }

    /// Until when the provider is left alone, if it is.
    pub(super) fn paused_until(&self) -> Option<Instant> {
        let now = Instant::now();
        let pause = lock(&self.state).pause?;
        Some(pause.until).filter(|until| now < *until)
    }

    /// How many attempts this rate, which is that of these turns, lets through now.
    pub(super) fn remaining(&self, rate: Rate) -> Option<u32> {
        let clock = self.rate.as_ref()?.clock();
        Some(self.level.remaining(rate, clock.now()))
    }

    fn enter(self: &Arc<Self>, client: u32, give_up: Instant) -> Result<Entrance, Refused> {
        let mut state = lock(&self.state);
        if state.pause.is_some_and(|pause| pause.until > give_up) {
            drop(state);
            return Err(self.refused());
        }
        if state.queue.is_empty() && self.admit(&mut state).is_ok() {
            state.hand_out(client);
            return Ok(Entrance::Turn(self.permit(client)));
        }
        let (sender, turn) = oneshot::channel();
        let id = state.next_id;
        state.next_id += 1;
        if !state.queue.push(client, id, sender) {
            return Err(Refused::Busy);
        }
        Ok(Entrance::Wait(Ticket {
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
            let State { queue, held, .. } = &mut *state;
            // While others wait, nobody gets more than half.
            let half = self.limit.div_ceil(2);
            let first = queue.pop(|client| held.get(&client).is_none_or(|held| *held < half));
            let Some((client, first)) = first else {
                state.active -= 1;
                return None;
            };
            state.hand_out(client);
            // A permit that nobody takes gives itself back, for which it needs the lock.
            drop(state);
            drop(first.send(self.permit(client)));
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
    fn permit(self: &Arc<Self>, client: u32) -> Permit {
        self.observer.in_flight(1);
        Permit {
            turns: Arc::clone(self),
            client,
        }
    }

    fn refused(&self) -> Refused {
        let now = Instant::now();
        match lock(&self.state).pause {
            Some(pause) if now < pause.until => Refused::Paused(pause.asked - now),
            _ => Refused::Busy,
        }
    }
}

enum Entrance {
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

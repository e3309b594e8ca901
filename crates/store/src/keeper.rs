//! Knows whether the store is there: the one way to ask it, and the task that finds it again.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{RedisResult, cmd};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::address::Address;
use crate::line::{Failure, Line, connect};
use crate::news::{Heed, Listeners, News};
use crate::{Away, Observer, Operation};

/// For a connection to be made, which no request waits for: names, TLS and a busy server may take their time.
const CONNECT: Duration = Duration::from_secs(2);
/// Between two attempts to find the store, half as much or half as much again, so that replicas do not come at once.
const PROBE: Duration = Duration::from_millis(250);
/// Between two probes while it is there, so that a connection that died in silence does not go unnoticed by somebody
/// who only listens.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// What the clones of a store share with its keeper.
pub(crate) struct Shared {
    patience: Duration,
    address: Address,
    prefix: &'static str,
    observer: Arc<dyn Observer>,
    state: watch::Sender<State>,
    listeners: Arc<Listeners>,
    more_listeners: Notify,
}

#[derive(Clone)]
enum State {
    /// Nobody knows yet.
    Beginning,
    Here(Way),
    Away,
}

#[derive(Clone)]
struct Way {
    connection: MultiplexedConnection,
    /// Cancelled by whoever finds that it leads nowhere.
    cut: CancellationToken,
}

impl Shared {
    pub(crate) fn new(
        patience: Duration,
        address: Address,
        prefix: &'static str,
        observer: Arc<dyn Observer>,
    ) -> Self {
        Self {
            patience,
            address,
            prefix,
            observer,
            state: watch::Sender::new(State::Beginning),
            listeners: Arc::default(),
            more_listeners: Notify::new(),
        }
    }

    pub(crate) fn is_here(&self) -> bool {
        matches!(*self.state.borrow(), State::Here(_))
    }

    pub(crate) fn key(&self, kind: &str, name: &str) -> String {
        format!("{}:{kind}:{name}", self.prefix)
    }

    /// Channels know no databases.
    pub(crate) fn channel(&self, channel: &str) -> String {
        format!("{}:{}:{channel}", self.prefix, self.address.login.db())
    }

    pub(crate) fn listen(&self, channel: String, heed: Heed) {
        self.listeners.push(channel, heed);
        self.more_listeners.notify_one();
    }

    /// The one way to ask the store.
    pub(crate) async fn ask<T>(
        &self,
        operation: Operation,
        ask: impl AsyncFnOnce(MultiplexedConnection) -> RedisResult<T>,
    ) -> Result<T, Away> {
        let mut taken = None;
        let answer = timeout(self.patience, async {
            let way = taken.insert(self.way().await?);
            ask(way.connection.clone())
                .await
                .map_err(Failure::from)
                .map_err(Some)
        });
        let failure = match answer.await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(failure)) => failure,
            Err(_) => Some(Failure::new("no answer in time")),
        };
        if let Some(failure) = failure {
            self.lose(taken.as_ref(), operation, &failure);
        }
        self.observer.failed(operation);
        Err(Away)
    }

    /// The way to the store. `Err(None)` if it is known to be away.
    async fn way(&self) -> Result<Way, Option<Failure>> {
        let mut states = self.state.subscribe();
        let state = states.wait_for(|state| !matches!(state, State::Beginning)).await;
        match state.as_deref() {
            Ok(State::Here(way)) => Ok(way.clone()),
            _ => Err(None),
        }
    }

    /// The store failed on this way, or before there was any. Does nothing if somebody else has said so already.
    fn lose(&self, way: Option<&Way>, operation: Operation, failure: &Failure) {
        let lost = self.state.send_if_modified(|state| {
            let is_news = match (&*state, way) {
                (State::Beginning, None) => true,
                (State::Here(_), Some(way)) => !way.cut.is_cancelled(),
                _ => false,
            };
            if is_news {
                *state = State::Away;
            }
            is_news
        });
        if let Some(way) = way {
            way.cut.cancel();
        }
        if lost {
            tracing::warn!(operation = operation.as_str(), %failure, "the shared store is away");
        }
    }

    /// Connects and serves the connection until it ends.
    async fn round(&self) {
        let failure = match timeout(CONNECT, connect(&self.address, &self.listeners)).await {
            Ok(Ok(Line { connection, driver })) => tokio::select! {
                () = driver => Some(Failure::new("the connection was closed")),
                end = self.attend(connection) => end.err(),
            },
            Ok(Err(failure)) => Some(failure),
            Err(_) => Some(Failure::new("no connection in time")),
        };
        let before = self.state.send_replace(State::Away);
        if let Some(failure) = failure {
            self.observer.failed(Operation::Probe);
            if !matches!(before, State::Away) {
                tracing::warn!(operation = "probe", %failure, "the shared store is away");
            }
        }
    }

    /// Shows a connection to everybody once it works, and watches it. Ends well if somebody else cuts it.
    async fn attend(&self, mut connection: MultiplexedConnection) -> Result<(), Failure> {
        self.probe(&mut connection).await?;
        let cut = CancellationToken::new();
        // Who took this way and fails after its end tells nothing of the next one.
        let _ended = cut.clone().drop_guard();
        let mut listening = 0;
        loop {
            // First: who finds the store here has missed nothing since.
            self.subscribe(&mut connection, &mut listening).await?;
            if !self.is_here() && !cut.is_cancelled() {
                let way = Way {
                    connection: connection.clone(),
                    cut: cut.clone(),
                };
                self.state.send_replace(State::Here(way));
                tracing::info!("the shared store is here");
            }
            tokio::select! {
                () = cut.cancelled() => return Ok(()),
                () = self.more_listeners.notified() => {}
                () = sleep(HEARTBEAT) => self.probe(&mut connection).await?,
            }
        }
    }

    /// Writes, so that a replica that is read-only or a server that is full does not pass for a store that works.
    async fn probe(&self, connection: &mut MultiplexedConnection) -> Result<(), Failure> {
        let mut set = cmd("SET");
        set.arg(self.key("probe", "")).arg("").arg("PX").arg(60_000);
        match timeout(self.patience, set.query_async(connection)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Failure::new("no answer in time")),
        }
    }

    /// Connects and probes, once, for somebody who wants to know.
    pub(crate) async fn reach(&self) -> Result<(), Failure> {
        let connected = timeout(CONNECT, connect(&self.address, &self.listeners)).await;
        let Line {
            mut connection,
            driver,
        } = connected.map_err(|_| Failure::new("no connection in time"))??;
        tokio::select! {
            () = driver => Err(Failure::new("the connection was closed")),
            answer = self.probe(&mut connection) => answer,
        }
    }

    /// Subscribes for those who listen, beyond the first `done` of them.
    async fn subscribe(
        &self,
        connection: &mut MultiplexedConnection,
        done: &mut usize,
    ) -> Result<(), Failure> {
        while let Some((channel, heed)) = self.listeners.get(*done) {
            match timeout(self.patience, connection.subscribe(channel)).await {
                Ok(answer) => answer?,
                Err(_) => return Err(Failure::new("no answer in time")),
            }
            heed(News::Missed);
            *done += 1;
        }
        Ok(())
    }
}

/// Finds the store, again and again, until `end`.
pub(crate) async fn keep(shared: Arc<Shared>, end: CancellationToken) {
    let jitter = RandomState::new();
    let rounds = async {
        for round in 0_u64.. {
            shared.round().await;
            let percent = u32::try_from(jitter.hash_one(round) % 101).unwrap_or(50) + 50;
            sleep(PROBE * percent / 100).await;
        }
    };
    tokio::select! {
        () = rounds => {}
        () = end.cancelled() => {}
    }
    // Nobody waits for what nobody looks for any more.
    shared.state.send_replace(State::Away);
}

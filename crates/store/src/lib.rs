//! What replicas share, in Redis or Valkey: one server, or the primary of several, of version 6 or later.
//!
//! Every operation is one script or one command on one multiplexed connection and has a short time. After one that
//! failed the store is *away*: each operation answers [`Away`] at once, without I/O, until a probe in the background
//! has found the store again. So nobody waits for it twice, and what a dead store costs is one wait for those who
//! asked while nobody knew.
//!
//! It speaks of keys, bytes, rates and numbered slots, and knows nothing of HTTP, clients or resources.

mod address;
mod claim;
mod keeper;
mod limit;
mod line;
mod news;
mod shelf;

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, RedisResult};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

pub use address::{Address, BadAddress};
pub use claim::Claim;
pub use limit::{Rate, Verdict};
pub use news::News;
/// What a script or command can be read as: integers, bytes (`Vec<u8>`), `Option` of them where the answer may be
/// nil, tuples and lists.
pub use redis::FromRedisValue as Reply;
pub use shelf::{Forgotten, Found, Numbers, Shelf};

use keeper::Shared;

/// How long an operation may take, all in all. A store in the same network answers in a millisecond; a hundred of
/// them leave room for a pause of the server, and are still little of a request's deadline, which waits for it once.
pub const PATIENCE: Duration = Duration::from_millis(100);

/// Operations, by the names that they have in metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Of the limits: charge a bucket.
    Take,
    /// Of the cache: read.
    Look,
    /// Of the cache: write.
    Keep,
    /// Of the cache: make void.
    Forget,
    /// Of the kept ends of writes: one begins, or is found.
    Begin,
    /// Of the kept ends of writes: one has come to its end, or was given up.
    End,
    /// A message for the other replicas.
    Tell,
    /// Whether the store is there.
    Probe,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 8] = [
        Self::Take,
        Self::Look,
        Self::Keep,
        Self::Forget,
        Self::Begin,
        Self::End,
        Self::Tell,
        Self::Probe,
    ];

    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Take => "take",
            Self::Look => "look",
            Self::Keep => "keep",
            Self::Forget => "forget",
            Self::Begin => "begin",
            Self::End => "end",
            Self::Tell => "tell",
            Self::Probe => "probe",
        }
    }
}

/// The store does not answer, or is not asked because it did not answer before. What was asked of it may have
/// happened or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away;

/// Is told what did not work.
pub trait Observer: Send + Sync + 'static {
    /// An operation ended in [`Away`]; [`Operation::Probe`] too, which nobody waits for.
    fn failed(&self, operation: Operation);
}

/// Connects once, and writes as a [`Store`] does to see whether it is there. The error says in words why it is not.
pub async fn reach(patience: Duration, address: Address, prefix: &'static str) -> Result<(), String> {
    let shared = Shared::new(patience, address, prefix, Arc::new(Nobody));
    shared.reach().await.map_err(|failure| failure.to_string())
}

struct Nobody;

impl Observer for Nobody {
    fn failed(&self, _: Operation) {}
}

/// A script, sent once and then known to the server by its hash.
#[derive(Debug)]
pub struct Script(redis::Script);

impl Script {
    /// Of this Lua text. Make it once, in a `LazyLock`.
    pub fn new(text: &str) -> Self {
        Self(redis::Script::new(text))
    }
}

/// What replicas share. Clones are one store: they share connection and state, which end with the last of them.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
    tasks: TaskTracker,
    end: CancellationToken,
    _ended: Arc<DropGuard>,
}

impl Store {
    /// Begins to connect, in a task of `tasks` that `end` ends. Operations that come before it is known whether the
    /// store is there wait for that, within their `patience`.
    ///
    /// `prefix` begins every key and channel. Two gateways that share a server but nothing else use databases of
    /// their own, by the address; channels keep these apart too.
    pub fn new(
        patience: Duration,
        address: Address,
        prefix: &'static str,
        observer: Arc<dyn Observer>,
        tasks: &TaskTracker,
        end: &CancellationToken,
    ) -> Self {
        let shared = Arc::new(Shared::new(patience, address, prefix, observer));
        let ended = end.child_token();
        tasks.spawn(keeper::keep(Arc::clone(&shared), ended.clone()));
        Self {
            shared,
            tasks: tasks.clone(),
            end: end.clone(),
            _ended: Arc::new(ended.drop_guard()),
        }
    }

    /// Whether it answered last time.
    pub fn is_here(&self) -> bool {
        self.shared.is_here()
    }

    /// The key of `name` among things of a kind.
    pub fn key(&self, kind: &str, name: &str) -> String {
        self.shared.key(kind, name)
    }

    /// The name on the server of a channel, for a script that publishes.
    pub fn channel(&self, channel: &str) -> String {
        self.shared.channel(channel)
    }

    /// Runs a script. `keys` are whole, as [`Store::key`] makes them.
    pub async fn run<T: Reply>(
        &self,
        operation: Operation,
        script: &Script,
        keys: &[&[u8]],
        args: &[&[u8]],
    ) -> Result<T, Away> {
        let ask = async |mut connection: MultiplexedConnection| -> RedisResult<T> {
            let mut invocation = script.0.prepare_invoke();
            invocation.key(keys).arg(args);
            invocation.invoke_async(&mut connection).await
        };
        self.shared.ask(operation, ask).await
    }

    /// Runs one command: its name, and its arguments with whole keys among them.
    pub async fn command<T: Reply>(
        &self,
        operation: Operation,
        name: &str,
        args: &[&[u8]],
    ) -> Result<T, Away> {
        let mut command = Cmd::new();
        command.arg(name).arg(args);
        let ask = async |mut connection: MultiplexedConnection| command.query_async(&mut connection).await;
        self.shared.ask(operation, ask).await
    }

    /// Tells everybody who listens to the channel, this replica too.
    pub async fn tell(&self, channel: &str, message: &[u8]) -> Result<(), Away> {
        let name = self.channel(channel);
        self.command(Operation::Tell, "PUBLISH", &[name.as_bytes(), message])
            .await
    }

    /// Listens to a channel for as long as the store lives. [`News::Missed`] comes first, and again after every
    /// pause, before any operation finds the store back.
    ///
    /// `heed` runs where answers are read: it must be quick, and must not wait. The store keeps it, so it must not
    /// own the store.
    pub fn listen(&self, channel: &str, heed: impl Fn(News<'_>) + Send + Sync + 'static) {
        self.shared.listen(self.channel(channel), Arc::new(heed));
    }
}

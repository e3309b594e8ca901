//! Clients, each with its own habits, for as long as the soak takes.

mod leave;
mod library;
mod limited;
mod read;
mod refused;
mod slow;
mod walk;
mod write;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::Failure;
use crate::http::Caller;
use crate::traffic::walk::Catalogue;
use crate::world::World;

/// Readers that keep their connections, and those that do not.
const READERS: usize = 6;
const VISITORS: usize = 2;

/// Lets all clients begin.
pub(crate) async fn start(world: &Arc<World>) -> Result<JoinSet<()>, Failure> {
    let catalogue = Arc::new(Catalogue::read(world).await?);
    let mut clients = JoinSet::new();
    for index in 0..READERS {
        let reader = read::Reader::new(world, &catalogue, Caller::new(world, index), index);
        clients.spawn(until_stopped(Arc::clone(world), 30, reader));
    }
    for index in READERS..READERS + VISITORS {
        let reader = read::Reader::new(world, &catalogue, Caller::forgetful(world, index), index);
        clients.spawn(until_stopped(Arc::clone(world), 100, reader));
    }
    for (index, conversation) in catalogue.for_writers.iter().take(2).enumerate() {
        let writer = write::Writer::new(world, conversation, index);
        clients.spawn(until_stopped(Arc::clone(world), 250, writer));
    }
    let [.., for_library, for_leaver] = catalogue.for_writers.as_slice() else {
        return Err("too few conversations to write to".into());
    };
    let library = library::Library::new(world, for_library);
    clients.spawn(until_stopped(Arc::clone(world), 60, library));
    let leaver = leave::Leaver::new(world, for_leaver);
    clients.spawn(until_stopped(Arc::clone(world), 400, leaver));
    clients.spawn(until_stopped(Arc::clone(world), 50, limited::Limited::new(world)));
    clients.spawn(until_stopped(Arc::clone(world), 80, refused::Refused::new(world)));
    clients.spawn(until_stopped(Arc::clone(world), 1000, slow::Slow::new(world)));
    clients.spawn(until_stopped(
        Arc::clone(world),
        2000,
        walk::Walker::new(world, &catalogue),
    ));
    Ok(clients)
}

/// A client with a habit.
trait Client: Send {
    /// Does it once.
    fn act(&mut self) -> impl Future<Output = ()> + Send;
}

/// A request that has begun is always waited for, so that its loss would be seen.
async fn until_stopped(world: Arc<World>, pause_ms: u64, mut client: impl Client) {
    while !world.stop.is_cancelled() {
        client.act().await;
        sleep(Duration::from_millis(pause_ms)).await;
    }
}

/// Numbers in no order, the same in each run (xorshift).
struct Random(u64);

impl Random {
    const fn new(seed: usize) -> Self {
        Self(0x9e37_79b9_7f4a_7c15 ^ ((seed as u64 + 1) << 17))
    }

    /// Below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap_or_default()
    }

    fn one_of<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }
}

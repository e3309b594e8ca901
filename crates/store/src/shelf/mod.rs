//! Values that are void once one of their slots was forgotten, by whichever replica.
//!
//! A slot is a small number, and its number in the store changes each time that it is forgotten, to one that it never
//! had. Who makes a value looks first, and gets the numbers of its slots; the value is put on the shelf only if they
//! are still those, and is found only for as long as they are. So what was read before a write is not kept after it,
//! however late it comes.
//!
//! What could not be told while the store was away is owed. Until it was told, the shelf is as if it were away.

mod debts;
mod scripts;

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::debts::{Debts, Due};
use crate::{Away, News, Operation, Reply, Script, Store};

/// Between two attempts to pay.
const RETRY: Duration = Duration::from_millis(100);
const CHANNEL: &str = "forgotten";

/// Values under slots. Clones are one shelf.
#[derive(Clone)]
pub struct Shelf {
    inner: Arc<Inner>,
    _ended: Arc<DropGuard>,
}

struct Inner {
    store: Store,
    /// The hash of the numbers.
    numbers: String,
    channel: String,
    /// Tells our messages from those of others.
    sender: String,
    /// A slot of all values.
    whole: u16,
    debts: Arc<Debts>,
}

/// What other replicas have forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgotten {
    /// This slot.
    Slot(u16),
    /// Nobody knows: there was nobody to hear it.
    Missed,
}

/// What holds for slots at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    slots: Vec<String>,
    held: Vec<u8>,
    at: Vec<u8>,
}

/// A value on the shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What was put there.
    pub value: Vec<u8>,
    /// How long ago, by the store's clock.
    pub age: Duration,
}

impl Shelf {
    /// A shelf. `whole` is a slot of every value. `heed` is told what others forget: it must be quick, and must not own
    /// the shelf. A task among the store's tells others what is owed to them, until the end of the shelf or of all.
    pub fn new(store: Store, whole: u16, heed: impl Fn(Forgotten) + Send + Sync + 'static) -> Self {
        let debts = Arc::<Debts>::default();
        // What the server may have lost, nobody knows yet.
        debts.owe(Due::RENEWAL);
        let sender = format!("{:016x}", RandomState::new().hash_one(0));
        let inner = Arc::new(Inner {
            numbers: store.key("slots", ""),
            channel: store.channel(CHANNEL),
            sender: sender.clone(),
            whole,
            debts: Arc::clone(&debts),
            store,
        });
        inner.store.listen(CHANNEL, move |news| match news {
            News::Missed => {
                debts.owe(Due::RENEWAL);
                heed(Forgotten::Missed);
            }
            News::Message(message) => read(message, &sender, &heed),
        });
        let (tasks, ended) = (inner.store.tasks.clone(), inner.store.end.child_token());
        tasks.spawn(Arc::clone(&inner).pay_always(ended.clone()));
        Self {
            inner,
            _ended: Arc::new(ended.drop_guard()),
        }
    }

    /// Whether anything is found or kept there at the moment.
    pub fn is_in_use(&self) -> bool {
        self.inner.store.is_here() && self.inner.debts.are_paid()
    }

    /// The key of a value.
    pub fn key(&self, kind: &str, name: &str) -> String {
        self.inner.store.key(kind, name)
    }

    /// What holds now for the slots, and the value under the key if that held for it too.
    pub async fn look(&self, key: Option<&str>, slots: &[u16]) -> Result<(Numbers, Option<Found>), Away> {
        self.inner.is_true()?;
        let slots = names(slots.iter().chain([&self.inner.whole]));
        let args: Vec<&[u8]> = slots.iter().map(String::as_bytes).collect();
        let keys = [Some(self.inner.numbers.as_str()), key];
        let keys: Vec<&[u8]> = keys.into_iter().flatten().map(str::as_bytes).collect();
        let answer = self
            .inner
            .run(Operation::Look, &scripts::LOOK, &keys, &args)
            .await?;
        let (held, at, age, value): (Vec<u8>, Vec<u8>, u64, Option<Vec<u8>>) = answer;
        let found = value.filter(|value| !value.is_empty()).map(|value| Found {
            value,
            age: Duration::from_micros(age),
        });
        Ok((Numbers { slots, held, at }, found))
    }

    /// Puts a value there, if the numbers still hold and nothing is there that was begun later. An empty value is found
    /// by nobody, but it is in the way of earlier ones.
    pub async fn keep(
        &self,
        key: &str,
        numbers: &Numbers,
        value: &[u8],
        life: Duration,
    ) -> Result<bool, Away> {
        self.inner.is_true()?;
        let life = life.as_millis().max(1).to_string();
        let mut args = vec![numbers.held.as_slice(), &numbers.at, value, life.as_bytes()];
        args.extend(numbers.slots.iter().map(String::as_bytes));
        let keys = [self.inner.numbers.as_bytes(), key.as_bytes()];
        self.inner
            .run(Operation::Keep, &scripts::KEEP, &keys, &args)
            .await
    }

    /// Makes void what is under a slot, here and at all replicas. If that fails, it is owed.
    pub async fn forget(&self, slot: u16) -> Result<(), Away> {
        let slots = BTreeSet::from([slot]);
        let told = self.inner.tell(&slots).await;
        if told.is_err() {
            self.inner.debts.owe(Due { slots, renew: false });
        }
        told
    }
}

impl Inner {
    /// Whether nothing is owed, so that what the shelf says is true.
    fn is_true(&self) -> Result<(), Away> {
        if self.debts.are_paid() { Ok(()) } else { Err(Away) }
    }

    async fn tell(&self, slots: &BTreeSet<u16>) -> Result<(), Away> {
        let slots = names(slots);
        let mut args = vec![self.channel.as_bytes(), self.sender.as_bytes()];
        args.extend(slots.iter().map(String::as_bytes));
        let keys = [self.numbers.as_bytes()];
        self.run(Operation::Forget, &scripts::FORGET, &keys, &args).await
    }

    async fn renew(&self) -> Result<(), Away> {
        let whole = self.whole.to_string();
        let (keys, args) = ([self.numbers.as_bytes()], [whole.as_bytes()]);
        self.run(Operation::Forget, &scripts::RENEW, &keys, &args).await
    }

    async fn pay_always(self: Arc<Self>, end: CancellationToken) {
        let paying = async {
            loop {
                self.debts.some().await;
                // An attempt while it is away would only be counted.
                if !self.store.is_here() || self.pay().await.is_err() {
                    sleep(RETRY).await;
                }
            }
        };
        tokio::select! {
            () = paying => {}
            () = end.cancelled() => {}
        }
    }

    async fn pay(&self) -> Result<(), Away> {
        let due = self.debts.take();
        let paid = self.settle(&due).await;
        self.debts.paid(paid.is_err().then_some(due));
        paid
    }

    async fn settle(&self, due: &Due) -> Result<(), Away> {
        if due.renew {
            self.renew().await?;
        }
        if due.slots.is_empty() {
            return Ok(());
        }
        self.tell(&due.slots).await
    }

    async fn run<T: Reply>(
        &self,
        operation: Operation,
        script: &Script,
        keys: &[&[u8]],
        args: &[&[u8]],
    ) -> Result<T, Away> {
        self.store.run(operation, script, keys, args).await
    }
}

/// The slots as arguments.
fn names<'s>(slots: impl IntoIterator<Item = &'s u16>) -> Vec<String> {
    slots.into_iter().map(u16::to_string).collect()
}

/// A message: who sent it, and the slots. Where one is to stand and something else does, all may have been meant.
fn read(message: &[u8], sender: &str, heed: &impl Fn(Forgotten)) {
    let text = String::from_utf8_lossy(message);
    let mut words = text.split(' ');
    if words.next() == Some(sender) {
        return;
    }
    for word in words {
        heed(word.parse().map_or(Forgotten::Missed, Forgotten::Slot));
    }
}

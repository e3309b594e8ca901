//! Values that are void once a slot was forgotten.

use std::time::Duration;

use store::{Away, Forgotten, Found, Numbers, Operation, Shelf};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::rig::Replica;
use crate::server::Server;

const LONG: Duration = Duration::from_hours(1);
/// A slot of all values.
const WHOLE: u16 = 99;

/// A shelf at a replica of its own, and what it is told.
struct Shelved {
    replica: Replica,
    shelf: Shelf,
    told: UnboundedReceiver<Forgotten>,
}

impl Shelved {
    /// One that may be used.
    async fn of(server: &Server) -> Self {
        Self::at(&server.url()).await
    }

    async fn at(url: &str) -> Self {
        let replica = Replica::of(url);
        let (tell, mut told) = unbounded_channel();
        // Nobody may be left to hear it.
        let heed = move |what| tell.send(what).unwrap_or_default();
        let shelf = Shelf::new(replica.store.clone(), WHOLE, heed);
        assert_eq!(told.recv().await, Some(Forgotten::Missed));
        let shelved = Self { replica, shelf, told };
        shelved.owes_nothing().await;
        shelved
    }

    async fn owes_nothing(&self) {
        while self.shelf.look(None, &[]).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// On a busy machine an answer may come too late, which is no fault of a shelf's.
    async fn look(&self, key: Option<&str>, slots: &[u16]) -> (Numbers, Option<Found>) {
        loop {
            if let Ok(looked) = self.shelf.look(key, slots).await {
                return looked;
            }
            self.owes_nothing().await;
        }
    }

    async fn numbers(&self, slots: &[u16]) -> Numbers {
        self.look(None, slots).await.0
    }

    async fn find(&self, key: &str, slots: &[u16]) -> Option<Found> {
        self.look(Some(key), slots).await.1
    }

    async fn finds(&self, key: &str, slots: &[u16]) -> Option<Vec<u8>> {
        self.find(key, slots).await.map(|found| found.value)
    }

    async fn put(&self, key: &str, numbers: &Numbers, value: &[u8]) -> bool {
        loop {
            if let Ok(put) = self.shelf.keep(key, numbers, value, LONG).await {
                return put;
            }
            self.owes_nothing().await;
        }
    }

    async fn forget(&self, slot: u16) {
        if self.shelf.forget(slot).await.is_err() {
            self.owes_nothing().await;
        }
    }

    /// Until it is told that another one has forgotten a slot: which?
    async fn hears(&mut self) -> u16 {
        loop {
            if let Forgotten::Slot(slot) = self.told.recv().await.unwrap() {
                return slot;
            }
        }
    }

    /// What the user `one` may do.
    async fn acl(&self, rules: &[&[u8]]) {
        let args = [&[b"SETUSER".as_slice(), b"one"], rules].concat();
        self.order("ACL", &args).await;
    }

    async fn order(&self, name: &str, args: &[&[u8]]) {
        let done: String = self
            .replica
            .store
            .command(Operation::Probe, name, args)
            .await
            .unwrap();
        assert_eq!(done, "OK");
    }

    /// As an operator would.
    async fn command(&self, name: &str, args: &[&[u8]]) -> i64 {
        self.replica
            .store
            .command(Operation::Probe, name, args)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn what_one_put_there_another_finds_until_a_slot_is_forgotten() {
    let server = Server::start();
    let (one, mut two) = (Shelved::of(&server).await, Shelved::of(&server).await);
    let numbers = one.numbers(&[1, 2]).await;
    assert!(one.put("k", &numbers, b"\0value").await);
    let found = two.find("k", &[1, 2]).await.unwrap();
    assert_eq!(found.value, b"\0value");
    assert!(found.age < Duration::from_mins(1));
    assert_eq!(two.finds("l", &[1, 2]).await, None);

    // Another slot is none of its business, and each of its own is.
    one.forget(3).await;
    assert_eq!(two.hears().await, 3);
    assert_eq!(two.finds("k", &[1, 2]).await.unwrap(), b"\0value");
    for slot in [1, 2, WHOLE] {
        let numbers = one.numbers(&[1, 2]).await;
        assert!(one.put("k", &numbers, b"again").await);
        assert_eq!(two.finds("k", &[1, 2]).await.unwrap(), b"again");
        one.forget(slot).await;
        assert_eq!(two.finds("k", &[1, 2]).await, None, "{slot}");
        assert_eq!(two.hears().await, slot);
    }
}

#[tokio::test]
async fn who_forgets_is_not_told_of_it() {
    let server = Server::start();
    let (mut one, two) = (Shelved::of(&server).await, Shelved::of(&server).await);
    one.forget(1).await;
    two.forget(2).await;
    assert_eq!(one.hears().await, 2);
}

#[tokio::test]
async fn what_began_before_a_slot_was_forgotten_is_not_kept() {
    let server = Server::start();
    let (one, two) = (Shelved::of(&server).await, Shelved::of(&server).await);
    let before = one.numbers(&[1]).await;
    two.forget(1).await;
    assert!(!one.put("k", &before, b"old").await);
    assert_eq!(two.finds("k", &[1]).await, None);
    // Forgotten twice within a tick of any clock: never the same number again.
    let between = one.numbers(&[1]).await;
    two.forget(1).await;
    assert!(!one.put("k", &between, b"old").await);
}

#[tokio::test]
async fn a_number_never_comes_back_though_the_clock_was_set_back() {
    let server = Server::start();
    let shelved = Shelved::of(&server).await;
    let numbers = b"test:slots:".as_slice();
    let ahead = 9_000_000_000_000_000;
    let text = ahead.to_string();
    shelved.command("HSET", &[numbers, b"1", text.as_bytes()]).await;
    shelved.forget(1).await;
    assert_eq!(shelved.command("HGET", &[numbers, b"1"]).await, ahead + 1);
}

#[tokio::test]
async fn what_was_begun_later_stays() {
    let server = Server::start();
    let shelved = Shelved::of(&server).await;
    let (first, second) = (shelved.numbers(&[1]).await, shelved.numbers(&[1]).await);
    assert!(shelved.put("k", &second, b"news").await);
    assert!(!shelved.put("k", &first, b"old").await);
    assert_eq!(shelved.finds("k", &[1]).await.unwrap(), b"news");
    assert!(shelved.put("k", &second, b"").await);
    assert_eq!(shelved.finds("k", &[1]).await, None);
    assert!(!shelved.put("k", &first, b"old").await);
    assert_eq!(shelved.finds("k", &[1]).await, None);
}

#[tokio::test]
async fn after_a_flush_nothing_of_before_is_kept() {
    let server = Server::start();
    let shelved = Shelved::of(&server).await;
    let before = shelved.numbers(&[1]).await;
    assert!(shelved.put("k", &before, b"old").await);
    shelved.order("FLUSHALL", &[]).await;
    assert_eq!(shelved.finds("k", &[1]).await, None);
    assert!(!shelved.put("k", &before, b"old").await);
    let after = shelved.numbers(&[1]).await;
    assert!(shelved.put("k", &after, b"new").await);
    assert_eq!(shelved.finds("k", &[1]).await.unwrap(), b"new");
}

#[tokio::test]
async fn what_is_kept_and_what_is_counted_is_bounded() {
    let server = Server::start();
    let shelved = Shelved::of(&server).await;
    let numbers = shelved.numbers(&[1]).await;
    shelved.put("k", &numbers, b"value").await;
    assert!((1..=3_600_000).contains(&shelved.command("PTTL", &[b"k"]).await));
    for slot in [1, 2, 1, 2] {
        shelved.forget(slot).await;
    }
    // Two slots, the whole, and which server it is.
    assert_eq!(shelved.command("HLEN", &[b"test:slots:"]).await, 4);
}

#[tokio::test]
async fn what_could_not_be_told_is_told_before_anything_is_found_again() {
    let server = Server::start();
    let mut two = Shelved::of(&server).await;
    two.acl(&[b"on", b">pw", b"~*", b"&*", b"+@all"]).await;
    let one = Shelved::at(&server.url().replace("redis://", "redis://one:pw@")).await;
    let numbers = two.numbers(&[7]).await;
    assert!(two.put("k", &numbers, b"old").await);

    // It is there, but not for this.
    two.acl(&[b"-@scripting"]).await;
    assert_eq!(one.shelf.forget(7).await, Err(Away));
    one.replica.becomes(true).await;
    assert_eq!(one.shelf.look(Some("k"), &[7]).await.err(), Some(Away));
    assert_eq!(one.shelf.keep("k", &numbers, b"old", LONG).await, Err(Away));

    two.acl(&[b"+@scripting"]).await;
    one.owes_nothing().await;
    assert_eq!(one.finds("k", &[7]).await, None);
    assert_eq!(two.hears().await, 7);
    assert_eq!(two.finds("k", &[7]).await, None);
}

#[tokio::test]
async fn a_server_that_was_started_again_is_not_believed_what_it_remembers() {
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().to_str().unwrap().to_owned();
    let mut server = Server::start_with(&["--dir", &directory]);
    let shelved = Shelved::of(&server).await;
    let numbers = shelved.numbers(&[1]).await;
    assert!(shelved.put("k", &numbers, b"old").await);
    shelved.order("SAVE", &[]).await;
    // What it is told now, it forgets.
    shelved.forget(1).await;
    server.restart();
    shelved.replica.becomes(false).await;
    shelved.owes_nothing().await;
    assert_eq!(shelved.command("EXISTS", &[b"k"]).await, 1);
    assert_eq!(shelved.finds("k", &[1]).await, None);
}

#[tokio::test]
async fn a_connection_that_was_lost_does_not_empty_the_shelf() {
    let server = Server::start();
    let (mut one, two) = (Shelved::of(&server).await, Shelved::of(&server).await);
    let numbers = one.numbers(&[1]).await;
    assert!(one.put("k", &numbers, b"value").await);
    let others = [b"KILL".as_slice(), b"TYPE", b"pubsub", b"SKIPME", b"yes"];
    assert_eq!(two.command("CLIENT", &others).await, 1);
    // There may have been messages meanwhile, and there may have been none.
    assert_eq!(one.told.recv().await, Some(Forgotten::Missed));
    one.owes_nothing().await;
    assert_eq!(one.finds("k", &[1]).await.unwrap(), b"value");
}

//! Work that is done once.

use std::time::Duration;

use store::{Away, Claim};

use crate::rig::Replica;
use crate::server::Server;

const LONG: Duration = Duration::from_hours(1);

#[tokio::test]
async fn who_comes_first_has_it_and_its_end_is_everybodys() {
    let server = Server::start();
    let (one, two) = (Replica::of(&server.url()).store, Replica::of(&server.url()).store);
    assert_eq!(one.begin("k", b"work", b"one", LONG).await, Ok(Claim::Made));
    assert_eq!(two.begin("k", b"work", b"two", LONG).await, Ok(Claim::UnderWay));
    assert_eq!(two.begin("k", b"other", b"two", LONG).await, Ok(Claim::Taken));
    assert_eq!(two.begin("l", b"work", b"two", LONG).await, Ok(Claim::Made));

    // It is not for others to end.
    assert_eq!(two.end("k", b"work", b"two", b"lie", LONG).await, Ok(false));
    assert_eq!(two.give_up("k", b"two").await, Ok(false));
    assert_eq!(one.end("k", b"work", b"one", b"\0end", LONG).await, Ok(true));
    assert_eq!(one.end("k", b"work", b"one", b"again", LONG).await, Ok(false));
    assert_eq!(one.give_up("k", b"one").await, Ok(false));
    let ended = Ok(Claim::Ended(b"\0end".to_vec()));
    assert_eq!(two.begin("k", b"work", b"two", LONG).await, ended);
    assert_eq!(two.begin("k", b"other", b"two", LONG).await, Ok(Claim::Taken));

    assert_eq!(two.dismiss("k", b"another end").await, Ok(false));
    assert_eq!(two.dismiss("k", b"\0end").await, Ok(true));
    assert_eq!(two.begin("k", b"work", b"two", LONG).await, Ok(Claim::Made));
}

#[tokio::test]
async fn what_was_given_up_can_be_claimed() {
    let server = Server::start();
    let (one, two) = (Replica::of(&server.url()).store, Replica::of(&server.url()).store);
    assert_eq!(one.begin("k", b"work", b"one", LONG).await, Ok(Claim::Made));
    assert_eq!(one.give_up("k", b"one").await, Ok(true));
    assert_eq!(two.begin("k", b"other", b"two", LONG).await, Ok(Claim::Made));
}

#[tokio::test]
async fn a_claim_ends_by_itself_and_an_end_too() {
    let server = Server::start();
    let store = Replica::of(&server.url()).store;
    assert_eq!(store.begin("k", b"work", b"one", LONG).await, Ok(Claim::Made));
    let left = async || -> u64 {
        store
            .command(store::Operation::Probe, "PTTL", &[b"k"])
            .await
            .unwrap()
    };
    assert!((1..=3_600_000).contains(&left().await));
    assert_eq!(store.end("k", b"work", b"one", b"end", 24 * LONG).await, Ok(true));
    assert!((3_600_001..=86_400_000).contains(&left().await));
    // Whoever was given up by the server cannot end what somebody else has begun.
    assert_eq!(
        store.command(store::Operation::Probe, "DEL", &[b"k"]).await,
        Ok(1)
    );
    assert_eq!(store.begin("k", b"work", b"two", LONG).await, Ok(Claim::Made));
    assert_eq!(store.end("k", b"work", b"one", b"end", LONG).await, Ok(false));
}

#[tokio::test]
async fn an_end_is_known_though_nobody_knew_of_its_beginning() {
    let server = Server::start();
    let (one, two) = (Replica::of(&server.url()).store, Replica::of(&server.url()).store);
    assert_eq!(one.end("k", b"work", b"one", b"end", LONG).await, Ok(true));
    let ended = Ok(Claim::Ended(b"end".to_vec()));
    assert_eq!(two.begin("k", b"work", b"two", LONG).await, ended);
    assert_eq!(two.begin("k", b"other", b"two", LONG).await, Ok(Claim::Taken));
}

#[tokio::test]
async fn nobody_claims_what_cannot_be_seen() {
    let mut server = Server::start();
    let replica = Replica::of(&server.url());
    replica.becomes(true).await;
    server.kill();
    replica.becomes(false).await;
    assert_eq!(replica.store.begin("k", b"work", b"one", LONG).await, Err(Away));
}

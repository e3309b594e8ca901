//! A store that goes, and comes back.

use std::time::Duration;

use store::{Address, Away, Operation, PATIENCE, Script};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::rig::{Replica, is_allowed, slow};
use crate::server::Server;

#[tokio::test]
async fn a_server_that_comes_back_is_found() {
    let mut server = Server::start();
    let replica = Replica::of(&server.url());
    let store = &replica.store;
    assert!(is_allowed(store.take("b", slow(1)).await.unwrap()));
    assert!(!is_allowed(store.take("b", slow(1)).await.unwrap()));
    server.kill();
    replica.becomes(false).await;
    assert_eq!(store.take("b", slow(1)).await, Err(Away));
    assert_eq!(replica.failures.asked(), 1);
    server.restart();
    replica.becomes(true).await;
    // It is empty, and does not know the script any more.
    assert!(is_allowed(store.take("b", slow(1)).await.unwrap()));
    assert!(!is_allowed(store.take("b", slow(1)).await.unwrap()));
    assert!(replica.failures.probes() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_while_the_server_dies_gets_an_answer() {
    let mut server = Server::start();
    let replica = Replica::of(&server.url());
    replica.becomes(true).await;
    let mut takers = JoinSet::new();
    for _ in 0..64 {
        let store = replica.store.clone();
        takers.spawn(async move { while store.take("b", slow(1)).await != Err(Away) {} });
    }
    server.kill();
    takers.join_all().await;
    assert!(replica.failures.asked() >= 64);
}

#[tokio::test]
async fn nobody_there_is_known_at_once() {
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let replica = Replica::of(&format!("redis://127.0.0.1:{port}"));
    assert_eq!(replica.store.take("b", slow(1)).await, Err(Away));
    assert!(!replica.store.is_here());
}

/// Tokio's clock stands still but for what everybody waits for, so this counts waits and not the machine's load.
#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_waited_for_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let replica = Replica::with_patience(PATIENCE, &format!("redis://{}", listener.local_addr().unwrap()));
    // The kernel accepts; nobody reads.
    let started = Instant::now();
    let mut takers = JoinSet::new();
    for _ in 0..50 {
        let store = replica.store.clone();
        takers.spawn(async move { store.take("b", slow(1)).await });
    }
    assert!(takers.join_all().await.iter().all(|answer| *answer == Err(Away)));
    // The clock counts in milliseconds and wakes after the one that is meant.
    assert!(
        started.elapsed() <= PATIENCE + Duration::from_millis(2),
        "{:?}",
        started.elapsed()
    );
    let known = Instant::now();
    for _ in 0..1000 {
        assert_eq!(replica.store.take("b", slow(1)).await, Err(Away));
    }
    assert_eq!(known.elapsed(), Duration::ZERO);
    assert_eq!(replica.failures.asked(), 1050);
}

#[tokio::test]
async fn a_server_that_stops_answering_is_waited_for_once() {
    let server = Server::start();
    let replica = Replica::with_patience(Duration::from_secs(2), &server.url());
    replica.becomes(true).await;
    let pause: [&[u8]; 3] = [b"PAUSE", b"60000", b"ALL"];
    let () = replica
        .store
        .command(Operation::Look, "CLIENT", &pause)
        .await
        .unwrap();
    assert_eq!(replica.store.take("b", slow(1)).await, Err(Away));
    assert!(!replica.store.is_here());
}

#[tokio::test]
async fn a_server_that_refuses_to_write_is_away() {
    let server = Server::start();
    let replica = Replica::of(&server.url());
    let store = &replica.store;
    let set = |key: &'static str, value: &'static str| {
        let args: [&[u8]; 3] = [b"SET", key.as_bytes(), value.as_bytes()];
        async move { store.command::<()>(Operation::Keep, "CONFIG", &args).await }
    };
    set("maxmemory", "1").await.unwrap();
    assert_eq!(store.take("b", slow(1)).await, Err(Away));
    let probes = replica.failures.probes();
    while replica.failures.probes() == probes {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(
        !store.is_here(),
        "a probe that writes nothing would have found it"
    );
}

#[tokio::test]
async fn a_user_who_may_do_little_suffices() {
    let acl = "user switchboard on >p@ss ~test:* &test:* -@all +get +set +time +evalsha +script|load +publish +subscribe +select";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.acl");
    std::fs::write(&file, format!("user default off\n{acl}\n")).unwrap();
    let server = Server::start_with(&["--aclfile", file.to_str().unwrap()]);
    let url = server.url().replace("redis://", "redis://switchboard:p%40ss@") + "/3";
    let replica = Replica::of(&url);
    replica.store.listen("c", |_| {});
    assert!(is_allowed(replica.store.take("b", slow(1)).await.unwrap()));
    replica.store.tell("c", b"hello").await.unwrap();

    let stranger = Replica::of(&server.url());
    assert_eq!(stranger.store.take("b", slow(1)).await, Err(Away));
}

#[tokio::test]
async fn the_task_ends_with_the_last_clone() {
    let server = Server::start();
    let Replica {
        store, tasks, end, ..
    } = Replica::of(&server.url());
    assert!(is_allowed(store.clone().take("b", slow(2)).await.unwrap()));
    assert!(store.is_here());
    tasks.close();
    drop(store);
    tasks.wait().await;
    drop(end);
}

#[tokio::test]
async fn the_task_ends_when_it_is_told_to() {
    let server = Server::start();
    let replica = Replica::of(&server.url());
    replica.becomes(true).await;
    replica.end.cancel();
    replica.tasks.close();
    replica.tasks.wait().await;
    assert_eq!(replica.store.take("b", slow(1)).await, Err(Away));
}

#[tokio::test]
async fn a_script_takes_and_gives_bytes() {
    let server = Server::start();
    let Replica { store, .. } = &Replica::of(&server.url());
    let script = Script::new("return {KEYS[1] .. ARGV[1], redis.call('GET', KEYS[1]), 7}");
    let bytes = [0_u8, 255, 13, 10];
    let keys: [&[u8]; 1] = [b"k"];
    let answer: (Vec<u8>, Option<Vec<u8>>, u64) = store
        .run(Operation::Look, &script, &keys, &[&bytes])
        .await
        .unwrap();
    assert_eq!(answer, ([b"k".as_slice(), &bytes].concat(), None, 7));
}

#[test]
fn an_address_is_read_and_its_password_does_not_show() {
    let address = Address::parse(&"redis://user:hunter2@store.example:7000/4".into()).unwrap();
    assert!(address.has_password() && !address.is_secure());
    assert_eq!(format!("{address:?}"), "Address(store.example:7000)");
    let address = Address::parse(&"rediss://store.example".into()).unwrap();
    assert!(address.is_secure() && !address.has_password());
    for bad in [
        "",
        "http://store.example",
        "redis://",
        "redis:///1",
        "redis://store.example/name",
        "redis://store.example:port",
        "rediss://store.example#insecure",
        "redis://store.example?protocol=resp2",
        "redis://user:hunter2@/",
    ] {
        let problem = Address::parse(&bad.into()).unwrap_err();
        assert!(!problem.to_string().contains("hunter2"), "{problem}");
    }
}

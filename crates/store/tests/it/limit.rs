//! Limits that several stores share.

use std::time::Duration;

use store::{Operation, Verdict};
use tokio::task::JoinSet;

use crate::rig::{Replica, is_allowed, rate, slow};
use crate::server::Server;

/// The key of a bucket under a rate of one each hour.
const BUCKET: &str = "test:limit:1/3600000000:b";

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_ask_at_once_share_exactly_one_burst() {
    let server = Server::start();
    let replicas = [0; 3].map(|_| Replica::of(&server.url()));
    let mut takers = JoinSet::new();
    for replica in &replicas {
        for _ in 0..100 {
            let store = replica.store.clone();
            takers.spawn(async move { store.take("b", slow(77)).await.unwrap() });
        }
    }
    let verdicts = takers.join_all().await;
    assert_eq!(
        verdicts
            .into_iter()
            .filter(|verdict| is_allowed(*verdict))
            .count(),
        77
    );
    assert!(replicas.iter().all(|replica| replica.failures.asked() == 0));
}

#[tokio::test]
async fn buckets_and_rates_are_apart() {
    let server = Server::start();
    let Replica { store, .. } = &Replica::of(&server.url());
    for bucket in ["b", "c"] {
        assert!(is_allowed(store.take(bucket, slow(1)).await.unwrap()));
        assert!(!is_allowed(store.take(bucket, slow(1)).await.unwrap()));
    }
    let other = rate(2, Duration::from_hours(1), 1);
    assert!(is_allowed(store.take("b", other).await.unwrap()));
}

#[tokio::test]
async fn a_verdict_says_what_is_left_and_until_when() {
    let server = Server::start();
    let Replica { store, .. } = &Replica::of(&server.url());
    let hour = Duration::from_hours(1);
    for left in [2_u32, 1, 0] {
        let verdict = store.take("b", slow(3)).await.unwrap();
        let Verdict::Allowed { remaining, full_in } = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(remaining, left);
        // Of time that has passed meanwhile there is a little.
        assert!(
            full_in <= hour * (3 - left) && full_in > hour * (2 - left),
            "{full_in:?}"
        );
    }
    let verdict = store.take("b", slow(3)).await.unwrap();
    let Verdict::Refused { wait } = verdict else {
        panic!("{verdict:?}");
    };
    assert!(wait <= hour && wait > hour / 2, "{wait:?}");
}

#[tokio::test]
async fn one_comes_back_after_the_wait_that_was_told_and_no_more() {
    let server = Server::start();
    let Replica { store, .. } = &Replica::of(&server.url());
    // Three in ten seconds: not a whole number of microseconds each.
    let rate = rate(30, Duration::from_secs(1), 1);
    for _ in 0..5 {
        while let Verdict::Refused { wait } = store.take("b", rate).await.unwrap() {
            assert!(wait <= rate.interval() + Duration::from_micros(1), "{wait:?}");
            tokio::time::sleep(wait).await;
        }
    }
}

#[tokio::test]
async fn time_pays_exactly_what_it_owes() {
    let server = Server::start();
    let Replica { store, .. } = &Replica::of(&server.url());
    let now = server_time(store).await;
    // Ten owed, four hours ago: four are paid, so four of ten are free.
    let owed = 10 * 3_600_000_000_u64;
    set(store, &format!("{owed} {}", now - 4 * 3_600_000_000)).await;
    for _ in 0..4 {
        assert!(is_allowed(store.take("b", slow(10)).await.unwrap()));
    }
    assert!(!is_allowed(store.take("b", slow(10)).await.unwrap()));
}

#[tokio::test]
async fn a_clock_that_was_set_back_locks_nobody_out() {
    let server = Server::start();
    let Replica { store, .. } = &Replica::of(&server.url());
    let now = server_time(store).await;
    set(store, &format!("3600000000 {}", now + 1_000_000_000_000)).await;
    assert!(!is_allowed(store.take("b", slow(1)).await.unwrap()));
    let kept: String = store
        .command(Operation::Look, "GET", &[BUCKET.as_bytes()])
        .await
        .unwrap();
    let at: u64 = kept.split_once(' ').unwrap().1.parse().unwrap();
    assert!(
        at < now + 3_600_000_000,
        "time goes on from the clock as it is now: {kept}"
    );
}

#[tokio::test]
async fn a_bucket_goes_when_it_is_full_again() {
    let server = Server::start();
    let Replica { store, .. } = &Replica::of(&server.url());
    store.take("b", slow(5)).await.unwrap();
    let life: i64 = store
        .command(Operation::Look, "PTTL", &[BUCKET.as_bytes()])
        .await
        .unwrap();
    assert!((3_599_000..=3_600_001).contains(&life), "{life}");
}

#[tokio::test]
async fn the_largest_limits_are_counted_to_the_last() {
    let server = Server::start();
    let Replica { store, .. } = &Replica::of(&server.url());
    let vast = rate(999_983, Duration::from_hours(1), 1_000_000);
    let Verdict::Allowed { remaining, .. } = store.take("b", vast).await.unwrap() else {
        panic!("refused");
    };
    assert_eq!(remaining, 999_999);
    let Verdict::Allowed { remaining, .. } = store.take("b", vast).await.unwrap() else {
        panic!("refused");
    };
    assert!(remaining >= 999_998, "{remaining}");
}

async fn server_time(store: &store::Store) -> u64 {
    let (seconds, micros): (u64, u64) = store.command(Operation::Look, "TIME", &[]).await.unwrap();
    seconds * 1_000_000 + micros
}

async fn set(store: &store::Store, bucket: &str) {
    let args = [BUCKET.as_bytes(), bucket.as_bytes()];
    let () = store.command(Operation::Keep, "SET", &args).await.unwrap();
}

//! The second level of the cache: what becomes of an answer at replicas that did not ask for it.

use layers::cache::{Directives, Purge};
use layers::{Draft, OnAway};
use model::{Code, Error};
use tokio::join;

use crate::cache_rig::{Rig, Step, pair};
use crate::server::Server;
use crate::shared_client_limit::shared;

const NEWS: Directives = Directives {
    no_cache: true,
    no_store: false,
    max_age: None,
    only_if_cached: false,
};

/// Replicas that can already give each other answers.
async fn replicas<const N: usize>(server: &Server) -> [Rig; N] {
    let rigs = [(); N].map(|()| Rig::sharing(shared(&server.url(), OnAway::Local).store));
    let mut number = 0;
    for (one, other) in rigs.iter().zip(rigs.iter().cycle().skip(1)) {
        loop {
            number += 1;
            let id = format!("warm {number}");
            one.get(&id).await;
            one.settle().await;
            if other.get(&id).await.1.ends_with("detail=store") {
                break;
            }
        }
    }
    rigs
}

/// So many calls since.
fn calls(rig: &Rig, before: u32) -> u32 {
    rig.script.calls() - before
}

async fn read_at(rig: &Rig, id: &str, body: &str) {
    rig.script.will(Step::Answer(Draft::json(body.to_owned())));
    assert_eq!(
        rig.get_with(id, NEWS).await,
        pair(body, "switchboard; fwd=request; stored")
    );
    rig.settle().await;
}

#[tokio::test]
async fn an_answer_serves_where_nobody_asked_for_it() {
    let server = Server::start();
    let [one, two] = replicas(&server).await;
    read_at(&one, "a", "\"read\"").await;
    let before = two.script.calls();
    let got = two.get("a").await;
    assert_eq!(got.0, "\"read\"");
    assert!(got.1.ends_with("; detail=store"), "{got:?}");
    assert_eq!(calls(&two, before), 0);
    // All who waited for it are served alike.
    read_at(&one, "b", "\"read\"").await;
    let (first, second) = join!(two.get("b"), two.get("b"));
    assert!(first.1.ends_with("; detail=store"), "{first:?}");
    assert!(second.1.ends_with("; detail=store"), "{second:?}");
}

#[tokio::test]
async fn what_is_gone_for_one_is_gone_for_all() {
    let server = Server::start();
    let [one, two] = replicas(&server).await;
    for code in [Code::NotFound, Code::ProviderAuthFailed] {
        let id = code.as_str();
        read_at(&one, id, "\"there\"").await;
        one.script.will(Step::Fail(Error::provider(code, "gone")));
        assert_eq!(one.get_with(id, NEWS).await.0, id);
        one.settle().await;
        let before = two.script.calls();
        assert_eq!(two.get(id).await.1, "switchboard; fwd=uri-miss; stored");
        assert_eq!(calls(&two, before), 1, "{id}");
    }
}

#[tokio::test]
async fn what_need_not_be_the_same_for_all_is_not_shared() {
    let server = Server::start();
    let [one, two] = replicas(&server).await;
    let partial = Draft {
        cacheable: false,
        ..Draft::json("\"partial\"")
    };
    let large = Draft::json(vec![b' '; 1 << 20]);
    let absence = Error::provider(Code::NotFound, "not here");
    let failure = Error::provider(Code::ProviderUnavailable, "not now");
    for (id, step) in [
        ("partial", Step::Answer(partial)),
        ("large", Step::Answer(large)),
        ("absence", Step::Fail(absence)),
        ("failure", Step::Fail(failure)),
    ] {
        one.script.will(step);
        one.get(id).await;
        one.settle().await;
        let before = two.script.calls();
        assert_eq!(two.get(id).await.1, "switchboard; fwd=uri-miss; stored");
        assert_eq!(calls(&two, before), 1, "{id}");
    }
}

#[tokio::test]
async fn who_wants_it_young_joins_nobody_who_does_not() {
    let server = Server::start();
    let [one, _two] = replicas(&server).await;
    let young = Directives {
        max_age: Some(5),
        ..Directives::default()
    };
    let before = one.script.calls();
    join!(one.get("a"), one.get_with("a", young));
    assert_eq!(calls(&one, before), 2);
    // But everybody joins him.
    join!(one.get_with("b", young), one.get("b"));
    assert_eq!(calls(&one, before), 3);
}

#[tokio::test]
async fn a_write_at_one_is_known_to_the_store_when_it_was_told() {
    let server = Server::start();
    let [one, two] = replicas(&server).await;
    for (number, purge) in [
        Purge::Id("a"),
        Purge::Connection(&"bland".parse().unwrap()),
        Purge::All,
    ]
    .into_iter()
    .enumerate()
    {
        let id = ["a", "b", "c"][number];
        read_at(&one, id, "\"old\"").await;
        one.cache.forget(purge).await;
        let before = two.script.calls();
        two.get(id).await;
        assert_eq!(calls(&two, before), 1, "{purge:?}");
    }
}

#[tokio::test]
async fn without_the_store_each_has_its_own() {
    let mut server = Server::start();
    let [one, two] = replicas(&server).await;
    read_at(&one, "a", "\"read\"").await;
    server.kill();
    let before = two.script.calls();
    assert_eq!(two.get("a").await.1, "switchboard; fwd=uri-miss; stored");
    assert_eq!(calls(&two, before), 1);
    one.cache.forget(Purge::Id("a")).await;
    assert_eq!(one.get("a").await.1, "switchboard; fwd=uri-miss; stored");
}

//! The limit of a client that replicas share.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join_all, ready};
use http::HeaderValue;
use layers::around::AroundLayer;
use layers::client_limit::shared::SharedClientLimit;
use layers::client_limit::{ClientLimit, Limit};
use layers::request_id::RequestId;
use layers::{
    Body, Client, Connections, Context, OnAway, Permissions, Quota, Rate, Request, Response, SharedLimits,
};
use model::{Code, Error};
use store::{Address, Observer, Operation, PATIENCE, Store};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::util::BoxCloneSyncService;
use tower::{ServiceBuilder, ServiceExt, service_fn};

use crate::server::Server;

type Stack = BoxCloneSyncService<Request, Response, Error>;

struct Deaf;

impl Observer for Deaf {
    fn failed(&self, _: Operation) {}
}

/// What replicas share at this address, with so much patience that the load of the machine makes no difference.
pub(crate) fn shared(url: &str, on_away: OnAway) -> SharedLimits {
    with_patience(Duration::from_secs(30), url, on_away)
}

pub(crate) fn with_patience(patience: Duration, url: &str, on_away: OnAway) -> SharedLimits {
    let (tasks, end) = (TaskTracker::new(), CancellationToken::new());
    let address = Address::parse(&url.into()).unwrap();
    let store = Store::new(patience, address, "test", Arc::new(Deaf), &tasks, &end);
    SharedLimits { store, on_away }
}

/// Accepts, and never says anything.
pub(crate) async fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// So many at once, and hardly any after that.
fn limit(burst: u32) -> Limit {
    let rate = Rate {
        requests: NonZeroU32::MIN,
        per: Duration::from_hours(1),
        burst: NonZeroU32::new(burst).unwrap(),
    };
    Limit {
        client: "tester".to_owned(),
        rate,
        by_subject: false,
    }
}

/// A replica.
fn replica(shared: SharedLimits, burst: u32) -> Stack {
    replica_with(0, shared, burst)
}

/// A replica whose configuration has other clients before this one.
fn replica_with(others: u32, shared: SharedLimits, burst: u32) -> Stack {
    let limits = (0..others).map(|_| limit(1)).chain([limit(burst)]).map(Some);
    let local = ClientLimit::new(limits, None, Arc::new(|_, _| {}));
    let client = Arc::new(Client {
        name: "tester".to_owned(),
        index: others,
        permissions: Permissions::ALL,
        connections: Connections::default(),
        subject: None,
    });
    ServiceBuilder::new()
        .layer(BoxCloneSyncService::layer())
        .layer(AroundLayer(RequestId::new(Duration::from_secs(15))))
        .map_request(move |request: Request| {
            let context = Context::of(request.extensions()).unwrap();
            context.client.set(Arc::clone(&client)).unwrap();
            request
        })
        .layer(SharedClientLimit { local, shared })
        .service(service_fn(|request: Request| {
            let quota = Context::of(request.extensions())
                .unwrap()
                .quota
                .get()
                .unwrap()
                .clone();
            let mut response = Response::new(Body::empty());
            response.extensions_mut().insert(quota);
            ready(Ok(response))
        }))
}

async fn ask(stack: &Stack) -> Result<Quota, Error> {
    let response = stack.clone().oneshot(Request::new(Body::empty())).await?;
    Ok(response.extensions().get::<Quota>().unwrap().clone())
}

#[tokio::test]
async fn what_is_left_is_told_from_the_count_of_all() {
    let server = Server::start();
    let [one, two] = [0, 1].map(|others| replica_with(others, shared(&server.url(), OnAway::Deny), 3));
    assert_eq!(ask(&one).await.unwrap().remaining, 2);
    let quota = ask(&two).await.unwrap();
    let expected = Quota {
        policy: HeaderValue::from_static("\"client\";q=3;w=10800"),
        limit: 3,
        remaining: 1,
        reset: 2 * 3600,
    };
    assert_eq!(quota, expected);
    assert_eq!(ask(&one).await.unwrap().remaining, 0);
    for stack in [one, two] {
        let refused = ask(&stack).await.unwrap_err();
        assert_eq!(refused.code(), Code::RateLimited);
        let wait = refused.wait().unwrap();
        assert!(
            wait > Duration::from_mins(59) && wait <= Duration::from_hours(1),
            "{wait:?}"
        );
    }
}

#[tokio::test]
async fn a_replica_that_decides_alone_knows_what_it_has_let_through() {
    let mut server = Server::start();
    let limits = shared(&server.url(), OnAway::Local);
    let stack = replica(limits.clone(), 5);
    for _ in 0..3 {
        ask(&stack).await.unwrap();
    }
    server.kill();
    while limits.store.is_here() {
        tokio::task::yield_now().await;
    }
    assert_eq!(ask(&stack).await.unwrap().remaining, 1);
    assert_eq!(ask(&stack).await.unwrap().remaining, 0);
    assert_eq!(ask(&stack).await.unwrap_err().code(), Code::RateLimited);
    server.restart();
    while !limits.store.is_here() {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        ask(&stack).await.unwrap().remaining,
        4,
        "the store, now empty, decides again"
    );
}

#[tokio::test]
async fn what_all_refuse_costs_a_replica_nothing() {
    let mut server = Server::start();
    let limits = shared(&server.url(), OnAway::Local);
    let [other, stack] = [(); 2].map(|()| replica(limits.clone(), 5));
    for _ in 0..5 {
        ask(&other).await.unwrap();
    }
    for _ in 0..5 {
        assert_eq!(ask(&stack).await.unwrap_err().code(), Code::RateLimited);
    }
    server.kill();
    while limits.store.is_here() {
        tokio::task::yield_now().await;
    }
    assert_eq!(ask(&stack).await.unwrap().remaining, 4);
}

/// The clock moves only where everybody waits for it.
#[tokio::test(start_paused = true)]
async fn a_store_that_says_nothing_is_waited_for_once() {
    for on_away in [OnAway::Local, OnAway::Deny] {
        let (_listener, url) = silent().await;
        let stack = replica(with_patience(PATIENCE, &url, on_away), 10_000);
        let started = Instant::now();
        let first = join_all((0..50).map(|_| ask(&stack))).await;
        let waited = started.elapsed();
        assert!(waited <= PATIENCE + Duration::from_millis(2), "{waited:?}");
        let started = Instant::now();
        let mut answers = first;
        for _ in 0..1000 {
            answers.push(ask(&stack).await);
        }
        assert_eq!(started.elapsed(), Duration::ZERO);
        for answer in answers {
            match (on_away, answer) {
                (OnAway::Local, Ok(_)) => {}
                (OnAway::Deny, Err(error)) => {
                    assert_eq!(
                        (error.code(), error.origin()),
                        (Code::Overloaded, model::Origin::Gateway)
                    );
                    assert!(error.wait().is_some());
                }
                (_, other) => panic!("{on_away:?}: {other:?}"),
            }
        }
    }
}

//! Writes: the shield around them, and what a key makes of a repeated one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use http::{Method, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, Limited, StreamBody};
use layers::around::Around;
use layers::idempotency::Idempotency;
use layers::request_id::RequestId;
use layers::write_shield::WriteShield;
use layers::{Body, BoxError, Client, Connections, Context, Keyring, Permissions, Request, Response};
use model::{Code, Error, Result};
use tokio::sync::{Semaphore, watch};
use tokio_util::task::TaskTracker;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceBuilder, ServiceExt};

/// A service that counts, waits for leave to answer, and answers with the body that it got.
#[derive(Clone)]
struct Work {
    begun: watch::Sender<usize>,
    done: Arc<AtomicUsize>,
    leave: Arc<Semaphore>,
    fails: Arc<dyn Fn() -> Option<Error> + Send + Sync>,
}

impl Work {
    fn new(leave: usize) -> Self {
        Self {
            begun: watch::Sender::default(),
            done: Arc::default(),
            leave: Arc::new(Semaphore::new(leave)),
            fails: Arc::new(|| None),
        }
    }

    fn failing(error: impl Fn() -> Error + Send + Sync + 'static) -> Self {
        Self {
            fails: Arc::new(move || Some(error())),
            ..Self::new(1000)
        }
    }

    async fn has_begun(&self, times: usize) {
        let mut begun = self.begun.subscribe();
        begun.wait_for(|count| *count >= times).await.unwrap();
    }

    fn done(&self) -> usize {
        self.done.load(Ordering::SeqCst)
    }
}

impl Service<Request> for Work {
    type Response = Response;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Response>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let work = self.clone();
        Box::pin(async move {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            work.begun.send_modify(|count| *count += 1);
            work.leave.acquire().await.unwrap().forget();
            assert!(body != "panic", "as asked");
            let number = work.done.fetch_add(1, Ordering::SeqCst) + 1;
            if let Some(error) = (work.fails)() {
                return Err(error);
            }
            let mut response = Response::new(Body::from(Bytes::from(format!("{number}"))));
            *response.status_mut() = StatusCode::CREATED;
            Ok(response)
        })
    }
}

type Stack = BoxCloneSyncService<Request, Response, Error>;

fn stack(work: &Work, tasks: &TaskTracker) -> Stack {
    ServiceBuilder::new()
        .layer(BoxCloneSyncService::layer())
        .layer(WriteShield(tasks.clone()))
        .layer(Idempotency::new(Keyring::new(b"secret")))
        .service(work.clone())
}

fn request(method: Method, client: u32, path: &str, key: Option<&str>, body: Body) -> Request {
    let mut request = http::Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap();
    if let Some(key) = key {
        request
            .headers_mut()
            .append("idempotency-key", key.parse().unwrap());
    }
    let ids = RequestId::new(Duration::from_secs(30));
    let begun = Around::<_, Response, Error>::before(&ids, &mut request);
    assert!(begun.is_ok());
    let context = Context::of(request.extensions()).unwrap();
    context.client.get_or_init(|| {
        Arc::new(Client {
            name: format!("client {client}"),
            index: client,
            permissions: Permissions::ALL,
            connections: Connections::default(),
            subject: None,
        })
    });
    request
}

fn post(key: &str, body: &'static str) -> Request {
    request(
        Method::POST,
        0,
        "/a",
        Some(key),
        Body::from(Bytes::from_static(body.as_bytes())),
    )
}

/// Status, body, and whether it is a replay.
async fn ask(stack: &Stack, request: Request) -> Result<(u16, String, bool)> {
    let response = stack.clone().oneshot(request).await?;
    let replayed = response.headers().contains_key("idempotency-replayed");
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    Ok((status, String::from_utf8(body.to_vec()).unwrap(), replayed))
}

fn answer(status: u16, body: &str, replayed: bool) -> (u16, String, bool) {
    (status, body.to_owned(), replayed)
}

#[tokio::test]
async fn a_write_runs_to_its_end_though_its_client_leaves() {
    let (work, tasks) = (Work::new(0), TaskTracker::new());
    let stack = stack(&work, &tasks);
    {
        let asked = ask(&stack, post("k", "x"));
        tokio::pin!(asked);
        tokio::select! {
            biased;
            _ = &mut asked => panic!("it has no leave to answer"),
            () = work.has_begun(1) => {}
        }
    }
    work.leave.add_permits(1);
    tasks.close();
    tasks.wait().await;
    assert_eq!(work.done(), 1);
    // And its end was kept.
    assert_eq!(ask(&stack, post("k", "x")).await.unwrap(), answer(201, "1", true));
    assert_eq!(work.done(), 1);
}

#[tokio::test]
async fn a_read_ends_with_its_client() {
    let (work, tasks) = (Work::new(0), TaskTracker::new());
    let stack = stack(&work, &tasks);
    {
        let asked = ask(&stack, request(Method::GET, 0, "/a", None, Body::empty()));
        tokio::pin!(asked);
        tokio::select! {
            biased;
            _ = &mut asked => panic!("it has no leave to answer"),
            () = work.has_begun(1) => {}
        }
    }
    assert!(tasks.is_empty());
    assert_eq!(work.done(), 0);
}

#[tokio::test]
async fn a_panic_in_a_write_is_the_requests() {
    let (work, tasks) = (Work::new(1), TaskTracker::new());
    let stack = stack(&work, &tasks);
    let asked = ask(&stack, post("k", "panic"));
    let panic = futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(asked)).await;
    assert!(panic.is_err());
}

/// A body of these frames, that then stays open or breaks.
fn stream(frames: &[&'static str], end: Option<BoxError>) -> Body {
    let frames: Vec<_> = frames
        .iter()
        .map(|text| Ok(Frame::data(Bytes::from_static(text.as_bytes()))))
        .collect();
    let start = futures_util::stream::iter(frames);
    let rest = futures_util::stream::once(async move {
        match end {
            Some(error) => Err(error),
            None => std::future::pending().await,
        }
    });
    Body::stream(StreamBody::new(Box::pin(start.chain(rest))))
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_of_a_body_that_does_not_come_whole() {
    let (work, tasks) = (Work::new(10), TaskTracker::new());
    let stack = stack(&work, &tasks);
    let limited = Body::stream(Limited::new(stream(&["12345", "6"], Some("end".into())), 5));
    for (body, code) in [
        (stream(&["x"], None), Code::RequestTimeout),
        (stream(&["x"], Some("bad chunk".into())), Code::MalformedRequest),
        (limited, Code::PayloadTooLarge),
    ] {
        let error = ask(&stack, request(Method::PUT, 0, "/a", None, body))
            .await
            .unwrap_err();
        assert_eq!(error.code(), code);
    }
    assert_eq!(work.done(), 0);
}

/// A byte of a body; `alive` counts those that somebody holds.
struct Byte(Arc<AtomicUsize>);

impl AsRef<[u8]> for Byte {
    fn as_ref(&self) -> &[u8] {
        b"x"
    }
}

impl Drop for Byte {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_body_in_many_pieces_takes_no_more_room_than_in_one() {
    let (work, tasks) = (Work::new(10), TaskTracker::new());
    let (alive, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (held, peak) = (Arc::clone(&alive), Arc::clone(&most));
    let pieces = futures_util::stream::iter(0..100).map(move |_| {
        peak.fetch_max(held.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        Ok::<_, BoxError>(Frame::data(Bytes::from_owner(Byte(Arc::clone(&held)))))
    });
    let body = Body::stream(StreamBody::new(pieces));
    let request = request(Method::PUT, 0, "/a", None, body);
    let (_, text, _) = ask(&stack(&work, &tasks), request).await.unwrap();
    assert_eq!(text, "1");
    assert_eq!(
        most.load(Ordering::SeqCst),
        1,
        "each is let go before the next one comes"
    );
}

#[tokio::test]
async fn the_same_request_gets_the_same_end() {
    let (work, tasks) = (Work::new(10), TaskTracker::new());
    let stack = stack(&work, &tasks);
    for replayed in [false, true, true] {
        assert_eq!(
            ask(&stack, post("k", "x")).await.unwrap(),
            answer(201, "1", replayed)
        );
    }
    assert_eq!(
        ask(&stack, post("other", "x")).await.unwrap(),
        answer(201, "2", false)
    );
    // Another client's key of the same name has nothing to do with it.
    let foreign = request(
        Method::POST,
        1,
        "/a",
        Some("k"),
        Body::from(Bytes::from_static(b"x")),
    );
    assert_eq!(ask(&stack, foreign).await.unwrap(), answer(201, "3", false));
    // Other methods are idempotent, or meant to be repeated.
    for number in ["4", "5"] {
        let patch = request(
            Method::PATCH,
            0,
            "/a",
            Some("k"),
            Body::from(Bytes::from_static(b"x")),
        );
        assert_eq!(ask(&stack, patch).await.unwrap(), answer(201, number, false));
    }
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let (work, tasks) = (Work::new(10), TaskTracker::new());
    let stack = stack(&work, &tasks);
    ask(&stack, post("k", "x")).await.unwrap();
    let elsewhere = request(
        Method::POST,
        0,
        "/b",
        Some("k"),
        Body::from(Bytes::from_static(b"x")),
    );
    for other in [post("k", "y"), elsewhere] {
        let error = ask(&stack, other).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidRequest);
        assert!(error.detail().contains("another request"), "{}", error.detail());
    }
    let long = "k".repeat(256);
    for key in ["", &long] {
        let error = ask(&stack, post(key, "x")).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidRequest, "{key}");
    }
    let mut twice = post("k", "x");
    twice
        .headers_mut()
        .append("idempotency-key", "l".parse().unwrap());
    assert!(ask(&stack, twice).await.unwrap_err().detail().contains("twice"));
    assert_eq!(work.done(), 1);
}

#[tokio::test]
async fn while_the_first_is_under_way_the_second_is_refused() {
    let (work, tasks) = (Work::new(0), TaskTracker::new());
    let stack = stack(&work, &tasks);
    let first = ask(&stack, post("k", "x"));
    let second = async {
        work.has_begun(1).await;
        let error = ask(&stack, post("k", "x")).await.unwrap_err();
        assert_eq!((error.code(), error.is_retryable()), (Code::Conflict, true));
        let error = ask(&stack, post("k", "y")).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidRequest);
        work.leave.add_permits(1);
    };
    let (first, ()) = tokio::join!(first, second);
    assert_eq!(first.unwrap(), answer(201, "1", false));
}

#[tokio::test]
async fn an_end_in_doubt_is_kept() {
    let doubtful: [fn() -> Error; 3] = [
        || Error::provider(Code::ProviderTimeout, "late"),
        || Error::provider(Code::ProviderUnavailable, "reset"),
        || Error::gateway(Code::DeadlineExceeded, "late"),
    ];
    for error in doubtful {
        let (work, tasks) = (Work::failing(error), TaskTracker::new());
        let stack = stack(&work, &tasks);
        for _ in 0..2 {
            let got = ask(&stack, post("k", "x")).await.unwrap_err();
            assert_eq!(got.code(), error().code());
        }
        assert_eq!(work.done(), 1, "{}", error().detail());
    }
}

#[tokio::test]
async fn what_has_changed_nothing_may_be_tried_again() {
    let harmless: [fn() -> Error; 4] = [
        || Error::provider(Code::InvalidRequest, "no"),
        || Error::provider(Code::RateLimited, "later"),
        || Error::gateway(Code::CircuitOpen, "later"),
        || Error::provider(Code::ProviderUnavailable, "refused").unsent(),
    ];
    for error in harmless {
        let (work, tasks) = (Work::failing(error), TaskTracker::new());
        let stack = stack(&work, &tasks);
        for _ in 0..2 {
            ask(&stack, post("k", "x")).await.unwrap_err();
        }
        assert_eq!(work.done(), 2, "{}", error().detail());
    }
}

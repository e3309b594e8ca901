//! A call whose answer is kept, and the service that gives it once.

use std::future::{Ready, ready};
use std::sync::{Arc, LazyLock};
use std::task::{Context as Task, Poll};
use std::time::Duration;

use layers::cache::{CacheObserver, Cacheable, Directives, Key, KeyMaker, Lifetimes, Tags};
use layers::conditional::FromRequest;
use layers::{Answer, CallTrace, Draft, Request};
use model::{Error, Result};
use tokio::time::Instant;
use tower::Service;

/// As long as a list of webhooks.
const BODY: usize = 4096;

static KEYS: LazyLock<KeyMaker> = LazyLock::new(KeyMaker::default);

/// The same one again and again.
#[derive(Clone)]
pub(crate) struct Call {
    arrived: Instant,
    trace: Arc<CallTrace>,
}

impl FromRequest for Call {
    fn from_request(_: Request) -> Result<Self> {
        Ok(Self {
            arrived: Instant::now(),
            trace: Arc::default(),
        })
    }
}

impl Cacheable for Call {
    fn key(&self) -> Option<Key> {
        Some(KEYS.key(&("bench", "a path")))
    }

    fn resource(&self) -> &'static str {
        "webhooks"
    }

    fn lifetimes(&self) -> Lifetimes {
        Lifetimes {
            fresh: Duration::from_hours(1),
            ..Lifetimes::default()
        }
    }

    fn tags(&self) -> Tags {
        Tags::default()
    }

    fn directives(&self) -> Directives {
        Directives::default()
    }

    fn arrived(&self) -> Instant {
        self.arrived
    }

    fn deadline(&self) -> Instant {
        self.arrived + Duration::from_secs(15)
    }

    fn fill(&self) -> Self {
        self.clone()
    }

    fn trace(&self) -> &Arc<CallTrace> {
        &self.trace
    }

    fn counted(&self, _: &'static str) {}
}

/// Answers at once.
#[derive(Clone)]
pub(crate) struct Source;

impl Service<Call> for Source {
    type Response = Arc<Answer>;
    type Error = Error;
    type Future = Ready<Result<Arc<Answer>>>;

    fn poll_ready(&mut self, _: &mut Task<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Call) -> Self::Future {
        let body = format!("\"{}\"", "x".repeat(BODY));
        ready(Ok(Arc::new(Answer::from(Draft::json(body)))))
    }
}

/// Counts nothing.
pub(crate) struct Observer;

impl CacheObserver for Observer {
    fn request(&self, _: &'static str, _: &'static str) {}
}

//! The service: a stored answer at once and without a box, everything else by a fill.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use model::{Code, Error, Result};
use pin_project_lite::pin_project;
use tokio::time::{Instant, timeout_at};
use tower_layer::Layer;
use tower_service::Service;

use super::flight::{Boarding, Flight, Landed, Pilot, Wish};
use super::memory::Entry;
use super::policy::{self, Decision};
use super::status::Served;
use super::{Cache, CacheStatus, Cacheable, Key, Reply, Then, Why, too_late};
use crate::answer::Answer;
use crate::trace::What;

/// When to come back if too many fills are under way.
const FULL_WAIT: Duration = Duration::from_secs(1);

/// Puts a cache around a service.
#[derive(Debug, Clone)]
pub struct CacheLayer {
    cache: Cache,
}

impl CacheLayer {
    pub(super) const fn new(cache: Cache) -> Self {
        Self { cache }
    }
}

impl<S> Layer<S> for CacheLayer {
    type Service = CacheService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CacheService {
            cache: self.cache.clone(),
            inner,
        }
    }
}

/// The service that [`CacheLayer`] makes.
#[derive(Debug, Clone)]
pub struct CacheService<S> {
    cache: Cache,
    inner: S,
}

impl<C, S> Service<C> for CacheService<S>
where
    C: Cacheable,
    S: Service<C, Response = Arc<Answer>, Error = Error, Future: Send> + Clone + Send + 'static,
{
    type Response = Reply;
    type Error = Error;
    type Future = CacheFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: C) -> Self::Future {
        let Some(key) = call.key() else {
            return CacheFuture::through(self.inner.call(call), None);
        };
        let ask = call.directives();
        if ask.no_store {
            let status = CacheStatus::Forward {
                why: Why::Bypass,
                then: Then::Passed,
            };
            self.count(&call, status.label());
            return CacheFuture::through(self.inner.call(call), Some(status));
        }
        let entry = self.cache.0.memory.find(key);
        let found = entry.as_deref().map(|entry| entry.found(call.arrived()));
        match (policy::decide(found, ask), entry) {
            (Decision::Serve, Some(entry)) => {
                self.count(&call, "hit");
                CacheFuture::ready(serve(&entry, call.arrived(), Served::Own))
            }
            (Decision::Revalidate, Some(entry)) => {
                self.count(&call, "stale");
                if let Boarding::Started(pilot, fill) = self.board(&call, key, Wish::default(), Some(&entry))
                {
                    self.fly(pilot, fill);
                }
                CacheFuture::ready(serve(&entry, call.arrived(), Served::Stale("revalidating")))
            }
            (Decision::Ask(why), entry) => self.ask(call, key, why, entry),
            (Decision::Refuse | Decision::Serve | Decision::Revalidate, _) => {
                self.count(&call, "miss");
                CacheFuture::ready(Err(Error::gateway(
                    Code::NotCached,
                    "The request says `only-if-cached`, and no answer is stored that may be served.",
                )))
            }
        }
    }
}

impl<S> CacheService<S> {
    /// Waits for a fill, begun for this call or for an earlier one.
    fn ask<C, F>(&self, call: C, key: Key, why: Why, entry: Option<Arc<Entry>>) -> CacheFuture<F>
    where
        C: Cacheable,
        S: Service<C, Response = Arc<Answer>, Error = Error, Future: Send> + Clone + Send + 'static,
    {
        // Whoever wants news gets what was asked for after he came.
        let wish = if why == Why::Request {
            Wish {
                since: Some(call.arrived()),
                oldest: Some(0),
            }
        } else {
            Wish {
                since: None,
                oldest: call.directives().max_age,
            }
        };
        let (flight, collapsed) = match self.board(&call, key, wish, entry.as_deref()) {
            Boarding::Joined(flight) => (flight, true),
            Boarding::Landed(entry) => {
                self.count(&call, "hit");
                return CacheFuture::ready(serve(&entry, call.arrived(), Served::Own));
            }
            Boarding::Started(pilot, fill) => (self.fly(pilot, fill), false),
            Boarding::Full => {
                self.count(&call, "miss");
                let error = Error::gateway(Code::Overloaded, "Too many reads are under way.");
                return CacheFuture::ready(Err(error.retry_after(FULL_WAIT)));
            }
        };
        let wait = Wait {
            cache: self.cache.clone(),
            flight,
            collapsed,
            why,
            entry,
            call,
        };
        CacheFuture::waiting(wait.end())
    }

    /// Runs the fill as a task of its own.
    fn fly<C>(&self, pilot: Pilot, fill: C) -> Arc<Flight>
    where
        C: Cacheable,
        S: Service<C, Response = Arc<Answer>, Error = Error, Future: Send> + Clone + Send + 'static,
    {
        let flight = Arc::clone(&pilot.flight);
        let cache = Arc::clone(&self.cache.0);
        let (lifetimes, deadline) = (fill.lifetimes(), fill.deadline());
        let resource = fill.resource();
        let span = fill.trace().scope().cloned();
        let span = span.map(|scope| scope.open(What::Fill { resource }));
        // In a box, since the call in it is large, and the task is put together from futures that are moved.
        let answer = Box::pin(oneshot(self.inner.clone(), fill));
        self.cache.0.tasks.spawn(async move {
            let answer = async {
                timeout_at(deadline, answer)
                    .await
                    .unwrap_or_else(|_| Err(too_late()))
            };
            let end = cache.fill(&pilot, lifetimes, answer).await;
            drop(span.map(|span| span.ending(end)));
        });
        flight
    }

    fn board<C: Cacheable>(&self, call: &C, key: Key, wish: Wish, seen: Option<&Entry>) -> Boarding<C> {
        let Cache(shared) = &self.cache;
        shared
            .flights
            .board(key, wish, seen, &shared.memory, || call.fill())
    }

    fn count(&self, call: &impl Cacheable, result: &'static str) {
        self.cache.0.count(call, result);
    }
}

/// One request that waits for a fill.
struct Wait<C> {
    call: C,
    cache: Cache,
    flight: Arc<Flight>,
    collapsed: bool,
    why: Why,
    /// What was stored when the request came.
    entry: Option<Arc<Entry>>,
}

impl<C: Cacheable> Wait<C> {
    async fn end(self) -> Result<Reply> {
        let began = Instant::now();
        let landed = timeout_at(self.call.deadline(), self.flight.landed()).await;
        self.call.trace().adopt(&self.flight.trace);
        let landed = landed.unwrap_or_else(|_| {
            self.call.trace().waited(began.elapsed());
            Landed::failed(too_late())
        });
        let (result, stored, older) = match landed {
            Landed::Filled {
                result,
                stored,
                older,
            } => (result, stored, older),
            Landed::Found(entry) => {
                self.cache.0.count(&self.call, "hit");
                return serve(&entry, Instant::now(), Served::Shared);
            }
        };
        let then = match (self.collapsed, stored) {
            (true, _) => Then::Collapsed,
            (false, true) => Then::Stored,
            (false, false) => Then::Passed,
        };
        let status = CacheStatus::Forward { why: self.why, then };
        let (label, reply) = match result {
            Ok(answer) => (
                status.label(),
                Ok(Reply {
                    answer,
                    status: Some(status),
                }),
            ),
            Err(error) => match self.stale(older.as_ref(), &error) {
                Some(reply) => ("stale", reply),
                None => (status.label(), Err(error)),
            },
        };
        self.cache.0.count(&self.call, label);
        reply
    }

    /// The stored answer, or the one of another replica, if it may be served after this error.
    fn stale(&self, older: Option<&Arc<Entry>>, error: &Error) -> Option<Result<Reply>> {
        let detail = policy::permits_stale(error)?;
        let now = Instant::now();
        let serves = |entry: &&Arc<Entry>| {
            let age = entry.found(now).age;
            let most = entry.fresh() + entry.lifetimes.stale_if_error;
            self.cache.0.memory.stands(entry)
                && entry.content.is_ok()
                && age < most
                && self.call.directives().accept(age)
        };
        let entry = [self.entry.as_ref(), older].into_iter().flatten().find(serves)?;
        Some(serve(entry, now, Served::Stale(detail)))
    }
}

/// The stored answer as it is now.
fn serve(entry: &Entry, now: Instant, served: Served) -> Result<Reply> {
    let answer = entry.content.as_ref().map_err(Error::clone)?;
    Ok(Reply {
        answer: match served {
            Served::Stale(_) => answer.stale(),
            Served::Own | Served::Shared => Arc::clone(answer),
        },
        status: Some(CacheStatus::Hit {
            age: entry.found(now).age,
            fresh: entry.fresh(),
            served,
        }),
    })
}

async fn oneshot<S, C>(mut service: S, call: C) -> Result<S::Response, S::Error>
where
    S: Service<C>,
{
    poll_fn(|cx| service.poll_ready(cx)).await?;
    service.call(call).await
}

pin_project! {
    /// The future of a [`CacheService`]. A stored answer is ready in it; only waiting costs a box.
    pub struct CacheFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F> {
        Ready { reply: Option<Result<Reply>> },
        Through { #[pin] inner: F, status: Option<CacheStatus> },
        Waiting { wait: Pin<Box<dyn Future<Output = Result<Reply>> + Send>> },
    }
}

impl<F> CacheFuture<F> {
    const fn ready(reply: Result<Reply>) -> Self {
        Self {
            state: State::Ready { reply: Some(reply) },
        }
    }

    const fn through(inner: F, status: Option<CacheStatus>) -> Self {
        Self {
            state: State::Through { inner, status },
        }
    }

    fn waiting(wait: impl Future<Output = Result<Reply>> + Send + 'static) -> Self {
        Self {
            state: State::Waiting { wait: Box::pin(wait) },
        }
    }
}

impl<F> fmt::Debug for CacheFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CacheFuture")
    }
}

impl<F: Future<Output = Result<Arc<Answer>>>> Future for CacheFuture<F> {
    type Output = Result<Reply>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Ready { reply } => reply.take().map_or(Poll::Pending, Poll::Ready),
            StateProj::Through { inner, status } => {
                let answer = ready!(inner.poll(cx));
                Poll::Ready(answer.map(|answer| Reply {
                    answer,
                    status: status.take(),
                }))
            }
            StateProj::Waiting { wait } => wait.as_mut().poll(cx),
        }
    }
}

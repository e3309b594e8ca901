//! Once per request, for a `POST` with an `Idempotency-Key`: the first one is carried out and its end is kept
//! for a day; the same one again gets that end, with `Idempotency-Replayed: true`. Keys belong to a client, or
//! whomever its token speaks of, and a route. Refuses a key that came with another request with 422
//! `invalid_request`, one whose first request is still under way with 409 `conflict`.
//!
//! With a store all of that is so at every replica. While the store does not answer, each replica knows its own alone,
//! or, where that is not enough, refuses with 503 `overloaded` what has such a key.
//!
//! It stands inside the write shield, so the end is kept also if the client has left.

mod claims;
mod end;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as Task, Poll};
use std::time::Duration;

use futures_util::future::{BoxFuture, Either};
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method};
use http_body_util::BodyExt;
use model::{Code, Error, Result};
use moka::sync::Cache;
use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

use self::claims::{Begun, Claimed, Claims};
use self::end::End;
use crate::context::Context;
use crate::keyring::{Keyring, Name};
use crate::replicas::Replicas;
use crate::shared_limits::OnAway;
use crate::trace::Scope;
use crate::{Body, Request, Response};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// On every answer that was kept.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// It tells how long the first one took.
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// How long an end is kept.
const KEPT: Duration = Duration::from_hours(24);
/// How much memory ends may take. Beyond that the least used ones go early.
const MAX_BYTES: u64 = 16 << 20;
/// What an end costs beside its body, roughly.
const OVERHEAD: usize = 1024;
/// Characters of a key.
pub const LONGEST: usize = 255;

/// Makes `POST` requests with a key safe to repeat. Clones share what they keep.
#[derive(Clone)]
pub struct Idempotency(Arc<Shared>);

struct Shared {
    keyring: Keyring,
    /// Those of all replicas, where they share something.
    claims: Option<Claims>,
    under_way: Mutex<HashMap<Name, Name>>,
    ended: Cache<Name, Arc<Ended>>,
}

/// How a request ended.
struct Ended {
    /// Of the request, without its head.
    fingerprint: Name,
    end: End,
}

impl Idempotency {
    /// Ends are kept by this replica for itself.
    pub fn new(keyring: Keyring) -> Self {
        Self::build(keyring, None)
    }

    /// Ends are shared with the other replicas. To deny without the store is to refuse what has a key.
    pub fn shared(replicas: &Replicas, on_away: OnAway) -> Self {
        Self::build(replicas.keyring.clone(), Some(Claims::new(replicas, on_away)))
    }

    fn build(keyring: Keyring, claims: Option<Claims>) -> Self {
        let weigh = |_: &Name, ended: &Arc<Ended>| {
            let body = ended.end.as_ref().map_or(0, |(_, body)| body.len());
            u32::try_from(body + OVERHEAD).unwrap_or(u32::MAX)
        };
        Self(Arc::new(Shared {
            keyring,
            claims,
            under_way: Mutex::default(),
            ended: Cache::builder()
                .max_capacity(MAX_BYTES)
                .weigher(weigh)
                .time_to_live(KEPT)
                .build(),
        }))
    }
}

impl<S> Layer<S> for Idempotency {
    type Service = Idempotent<S>;

    fn layer(&self, inner: S) -> Idempotent<S> {
        Idempotent {
            kept: self.clone(),
            inner,
        }
    }
}

/// The service that [`Idempotency`] makes.
#[derive(Clone)]
pub struct Idempotent<S> {
    kept: Idempotency,
    inner: S,
}

impl<S> Service<Request> for Idempotent<S>
where
    S: Service<Request, Response = Response, Error = Error> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Error;
    type Future = Either<S::Future, BoxFuture<'static, Result<Response>>>;

    fn poll_ready(&mut self, cx: &mut Task<'_>) -> Poll<Result<()>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if *request.method() != Method::POST || !request.headers().contains_key(KEY) {
            return Either::Left(self.inner.call(request));
        }
        let Self { kept, mut inner } = self.clone();
        Either::Right(Box::pin(async move {
            let context = Context::of(request.extensions()).cloned();
            let asked = kept.asked(&request, context.as_deref())?;
            let (entry, claim) = match kept.enter(asked).await? {
                Entrance::First(entry, claim) => (entry, claim),
                Entrance::Again(end) => {
                    if let Some(context) = context {
                        context.replayed.get_or_init(|| ());
                    }
                    return replay(end);
                }
            };
            let end = whole(inner.call(request).await).await;
            entry.settle(claim, &end).await;
            let (head, body) = end?;
            Ok(Response::from_parts(head, Body::from(body)))
        }))
    }
}

/// What a request with a key asks for.
struct Asked {
    /// Of the key, as the one of this client and route.
    name: Name,
    fingerprint: Name,
    deadline: Instant,
    /// The request's span, if it is traced.
    within: Option<Scope>,
}

enum Entrance {
    First(Entry, Option<Claimed>),
    Again(End),
}

enum Here {
    First(Entry),
    Again(Arc<Ended>),
}

/// A request under way. Dropped, it is so no longer.
struct Entry {
    kept: Idempotency,
    name: Name,
    fingerprint: Name,
}

impl Idempotency {
    fn asked(&self, request: &Request, context: Option<&Context>) -> Result<Asked> {
        let keyring = &self.0.keyring;
        let client = context.and_then(|context| context.client.get());
        let subject = client.and_then(|client| client.subject.as_ref());
        // By its name and not by its place, which is another one once the configuration has changed.
        let name = keyring.name(&[
            b"idempotency",
            client.map_or("", |client| &client.name).as_bytes(),
            subject.map_or(&[], |subject| &subject.0),
            context.map_or("", Context::template).as_bytes(),
            key(request)?,
        ]);
        let target = request.uri().path_and_query().map_or("", PathAndQuery::as_str);
        let body = request.body().at_hand().map_or(&[][..], |body| body);
        Ok(Asked {
            name,
            fingerprint: keyring.name(&[b"request", target.as_bytes(), body]),
            deadline: context.map_or_else(Instant::now, |context| context.deadline),
            within: context.and_then(|context| context.calls.scope().cloned()),
        })
    }

    async fn enter(&self, asked: Asked) -> Result<Entrance> {
        let entry = match self.enter_here(&asked)? {
            Here::First(entry) => entry,
            Here::Again(ended) => return Ok(Entrance::Again(ended.end.clone())),
        };
        let Some(claims) = &self.0.claims else {
            return Ok(Entrance::First(entry, None));
        };
        Ok(match claims.begin(&asked).await? {
            Begun::First(claim) => Entrance::First(entry, Some(claim)),
            Begun::Again(end) => Entrance::Again(end),
        })
    }

    /// What this replica knows.
    fn enter_here(&self, asked: &Asked) -> Result<Here> {
        let Asked {
            name, fingerprint, ..
        } = *asked;
        let shared = &self.0;
        let mut under_way = shared.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        // What has ended was kept before it left the map.
        let first = under_way.get(&name).copied();
        let ended = shared.ended.get(&name);
        let known = first.or_else(|| ended.as_ref().map(|ended| ended.fingerprint));
        if known.is_some_and(|known| known != fingerprint) {
            return Err(taken());
        }
        if first.is_some() {
            return Err(still_under_way());
        }
        if let Some(ended) = ended {
            return Ok(Here::Again(ended));
        }
        under_way.insert(name, fingerprint);
        Ok(Here::First(Entry {
            kept: self.clone(),
            name,
            fingerprint,
        }))
    }
}

impl Entry {
    /// Keeps an end that has changed something, or may have. All others may be tried again with the same key.
    async fn settle(self, claim: Option<Claimed>, end: &End) {
        let is_kept = end.as_ref().err().is_none_or(Error::is_in_doubt);
        if is_kept {
            let ended = Ended {
                fingerprint: self.fingerprint,
                end: end.clone(),
            };
            self.kept.0.ended.insert(self.name, Arc::new(ended));
        }
        match claim {
            Some(claim) if is_kept => claim.end(end).await,
            Some(claim) => claim.give_up().await,
            None => {}
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut under_way = self
            .kept
            .0
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        under_way.remove(&self.name);
    }
}

fn replay(end: End) -> Result<Response> {
    let (head, body) = end?;
    let mut response = Response::from_parts(head, Body::from(body));
    let headers = response.headers_mut();
    headers.remove(SERVER_TIMING);
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

fn taken() -> Error {
    let detail = "this key came with another request before; take a new key for each";
    Error::parameter("Idempotency-Key", detail)
}

fn still_under_way() -> Error {
    let detail = "The first request with this `Idempotency-Key` is still under way.";
    Error::client(Code::Conflict, detail).retryable(true)
}

/// The key, as it stands in the head: clients quote it or do not.
fn key(request: &Request) -> Result<&[u8]> {
    let mut keys = request.headers().get_all(KEY).iter();
    let fault = match (keys.next().map(HeaderValue::as_bytes), keys.next()) {
        (Some(key), None) if (1..=LONGEST).contains(&key.len()) => return Ok(key),
        (_, Some(_)) => "given twice",
        _ => "1 to 255 characters",
    };
    Err(Error::parameter("Idempotency-Key", fault))
}

async fn whole(result: Result<Response>) -> End {
    let (head, body) = result?.into_parts();
    let body = body.collect().await;
    let body = body.map_err(|error| Error::internal(format!("an answer's body failed: {error}")))?;
    Ok((head, body.to_bytes()))
}

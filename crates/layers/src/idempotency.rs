//! Once per request, for a `POST` with an `Idempotency-Key`: the first one is carried out and its end is kept
//! for a day; the same one again gets that end, with `Idempotency-Replayed: true`. Keys belong to a client, or
//! whomever its token speaks of, and a route. Refuses a key that came with another request with 422
//! `invalid_request`, one whose first request is still under way with 409 `conflict`.
//!
//! It stands inside the write shield, so the end is kept also if the client has left.

#[allow(dead_code)]
mod end;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as Task, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, Either};
use http::response::Parts;
use http::{HeaderName, HeaderValue, Method};
use http_body_util::BodyExt;
use model::{Code, Error, Result};
use moka::sync::Cache;
use tower_layer::Layer;
use tower_service::Service;

use crate::cache::{Key, KeyMaker};
use crate::context::Context;
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
    keys: KeyMaker,
    under_way: Mutex<HashMap<Key, Key>>,
    ended: Cache<Key, Arc<Ended>>,
}

/// How a request ended.
struct Ended {
    /// Of the request, without its head.
    fingerprint: Key,
    end: Result<(Parts, Bytes)>,
}

impl Default for Idempotency {
    fn default() -> Self {
        let weigh = |_: &Key, ended: &Arc<Ended>| {
            let body = ended.end.as_ref().map_or(0, |(_, body)| body.len());
            u32::try_from(body + OVERHEAD).unwrap_or(u32::MAX)
        };
        Self(Arc::new(Shared {
            keys: KeyMaker::default(),
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
            let entry = match kept.enter(&request)? {
                Entrance::First(entry) => entry,
                Entrance::Again(ended) => {
                    if let Some(context) = Context::of(request.extensions()) {
                        context.replayed.get_or_init(|| ());
                    }
                    return ended.replay();
                }
            };
            let end = whole(inner.call(request).await).await;
            entry.keep(&end);
            let (head, body) = end?;
            Ok(Response::from_parts(head, Body::from(body)))
        }))
    }
}

enum Entrance {
    First(Entry),
    Again(Arc<Ended>),
}

/// A request under way. Dropped, it is so no longer.
struct Entry {
    kept: Idempotency,
    key: Key,
    fingerprint: Key,
}

impl Idempotency {
    fn enter(&self, request: &Request) -> Result<Entrance> {
        let shared = &self.0;
        let name = key(request)?;
        let context = Context::of(request.extensions());
        let client = context
            .and_then(|context| context.client.get())
            .map(|client| (client.index, client.subject));
        let route = context.map(|context| context.template());
        let key = shared.keys.key(&(client, route, name));
        let target = request.uri().path_and_query();
        let fingerprint = shared.keys.key(&(target, request.body().at_hand()));
        let mut under_way = shared.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        // What has ended was kept before it left the map.
        let first = under_way.get(&key).copied();
        let ended = shared.ended.get(&key);
        let known = first.or_else(|| ended.as_ref().map(|ended| ended.fingerprint));
        if known.is_some_and(|known| known != fingerprint) {
            let detail = "this key came with another request before; take a new key for each";
            return Err(Error::parameter("Idempotency-Key", detail));
        }
        if first.is_some() {
            let detail = "The first request with this `Idempotency-Key` is still under way.";
            return Err(Error::client(Code::Conflict, detail).retryable(true));
        }
        if let Some(ended) = ended {
            return Ok(Entrance::Again(ended));
        }
        under_way.insert(key, fingerprint);
        Ok(Entrance::First(Entry {
            kept: self.clone(),
            key,
            fingerprint,
        }))
    }
}

impl Entry {
    /// Keeps an end that has changed something, or may have. All others may be tried again with the same key.
    fn keep(&self, end: &Result<(Parts, Bytes)>) {
        if end.as_ref().is_err_and(|error| !error.is_in_doubt()) {
            return;
        }
        let ended = Ended {
            fingerprint: self.fingerprint,
            end: end.clone(),
        };
        self.kept.0.ended.insert(self.key, Arc::new(ended));
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
        under_way.remove(&self.key);
    }
}

impl Ended {
    fn replay(&self) -> Result<Response> {
        let (head, body) = self.end.clone()?;
        let mut response = Response::from_parts(head, Body::from(body));
        let headers = response.headers_mut();
        headers.remove(SERVER_TIMING);
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
        Ok(response)
    }
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

async fn whole(result: Result<Response>) -> Result<(Parts, Bytes)> {
    let (head, body) = result?.into_parts();
    let body = body.collect().await;
    let body = body.map_err(|error| Error::internal(format!("an answer's body failed: {error}")))?;
    Ok((head, body.to_bytes()))
}

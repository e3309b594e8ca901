//! The same limit for all replicas together. While the store does not answer, either each replica's own limiter
//! decides, which has been charged all the while, or the answer is 503 `overloaded`, origin `gateway`.

use std::mem;
use std::sync::Arc;
use std::task::{Context as Task, Poll};

use data_encoding::HEXLOWER;
use futures_util::future::{BoxFuture, Either};
use model::Error;
use store::Verdict;
use tower_layer::Layer;
use tower_service::Service;

use super::{ClientLimit, Count, Limiters};
use crate::client::Client;
use crate::context::Context;
use crate::shared_limits::SharedLimits;
use crate::{Request, Response};

/// Makes a [`SharedClientLimitService`].
#[derive(Clone)]
pub struct SharedClientLimit {
    /// What the limits are, and each replica's own count.
    pub local: ClientLimit,
    /// What replicas share.
    pub shared: SharedLimits,
}

impl SharedClientLimit {
    async fn admit(&self, context: &Context) -> Result<(), Error> {
        let Some((client, limiters)) = self.local.find(context) else {
            return Ok(());
        };
        // By its name: its place differs where replicas are configured differently, as during a change.
        let bucket = bucket(client, limiters);
        let verdict = self
            .shared
            .take(&bucket, limiters.rate, context.calls.scope())
            .await;
        let verdict = verdict.inspect_err(|_| (self.local.on_decision)(&client.name, false))?;
        let count = match verdict {
            None => limiters.charge(client),
            Some(Verdict::Allowed { remaining, full_in }) => {
                // So that it knows what has passed when it has to decide alone.
                limiters.charge(client);
                Count {
                    remaining,
                    full_in,
                    wait: None,
                }
            }
            Some(Verdict::Refused { wait }) => Count {
                remaining: 0,
                full_in: limiters.rate.interval() * limiters.rate.burst.get(),
                wait: Some(wait),
            },
        };
        self.local.conclude(context, client, limiters, &count)
    }
}

fn bucket(client: &Client, limiters: &Limiters) -> String {
    match limiters.own(client) {
        Some((_, subject)) => format!("client:{}:{}", client.name, HEXLOWER.encode(&subject.0)),
        None => format!("client:{}", client.name),
    }
}

impl<S> Layer<S> for SharedClientLimit {
    type Service = SharedClientLimitService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SharedClientLimitService {
            limit: Arc::new(self.clone()),
            inner,
        }
    }
}

/// Lets through what the limit of all replicas allows.
#[derive(Clone)]
pub struct SharedClientLimitService<S> {
    limit: Arc<SharedClientLimit>,
    inner: S,
}

impl<S> Service<Request> for SharedClientLimitService<S>
where
    S: Service<Request, Response = Response, Error = Error> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Error;
    type Future = Either<S::Future, BoxFuture<'static, Result<Response, Error>>>;

    fn poll_ready(&mut self, cx: &mut Task<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let context = Context::of(request.extensions()).cloned();
        let Some(context) = context.filter(|context| self.limit.local.find(context).is_some()) else {
            return Either::Left(self.inner.call(request));
        };
        let limit = Arc::clone(&self.limit);
        let other = self.inner.clone();
        // The one that is ready.
        let mut inner = mem::replace(&mut self.inner, other);
        Either::Right(Box::pin(async move {
            limit.admit(&context).await?;
            inner.call(request).await
        }))
    }
}

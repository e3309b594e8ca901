//! Once per request: finds out who asks, by an API key, a token or a certificate. Required by default: only routes
//! that are marked public go without. On paths with a certain prefix a credential may come as the libraries of
//! providers send theirs. A certificate counts where there is nothing else: who sends a key has said as whom to be
//! known. Answers 401 `unauthenticated`, or 429 `rate_limited` to an address whose attempts fail too often;
//! which part of a credential was wrong goes to the metric, not to the client.
//!
//! A valid credential is always admitted, whatever else its address tries: failures are counted after the fact.
//! A request without any credential is refused, but no attempt: it guesses nothing.

mod attempts;
mod certificates;
mod clients;
mod credential;
mod failure;

use std::sync::Arc;
use std::task::{Context as Task, Poll};
use std::time::SystemTime;

use futures_util::future::{BoxFuture, Either, Ready, ready};
use model::{Code, Error, Origin, Result};
use tower_layer::Layer;
use tower_service::Service;

pub use self::attempts::Attempts;
pub use self::certificates::{Certificate, Subject};
pub use self::clients::{Clients, Key};
pub use self::failure::AuthFailure;

use self::clients::Identified;
use self::credential::Credential;
use crate::context::Context;
use crate::{Request, Response};

/// Authenticates clients.
#[derive(Clone)]
pub struct Authenticate {
    /// Those who may come in.
    pub clients: Clients,
    /// Those who may come in with a certificate.
    pub subjects: Arc<[Subject]>,
    /// Paths with this prefix also take `Basic` with the credential as password, and the credential alone.
    pub native: Option<&'static str>,
    /// Failed attempts so far.
    pub attempts: Arc<Attempts>,
    /// Told of every failure.
    pub on_failure: Arc<dyn Fn(AuthFailure) + Send + Sync>,
}

impl<S> Layer<S> for Authenticate {
    type Service = Authenticated<S>;

    fn layer(&self, inner: S) -> Authenticated<S> {
        Authenticated {
            authenticate: self.clone(),
            inner,
        }
    }
}

/// The service that [`Authenticate`] makes.
#[derive(Clone)]
pub struct Authenticated<S> {
    authenticate: Authenticate,
    inner: S,
}

impl<S> Service<Request> for Authenticated<S>
where
    S: Service<Request, Response = Response, Error = Error> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Error;
    type Future = Either<S::Future, Either<Ready<Result<Response>>, BoxFuture<'static, Result<Response>>>>;

    fn poll_ready(&mut self, cx: &mut Task<'_>) -> Poll<Result<()>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.authenticate.admit(&request) {
            Ok(()) => Either::Left(self.inner.call(request)),
            Err(AuthFailure::UnknownKey) if self.authenticate.may_wait(&request) => {
                let Self {
                    authenticate,
                    mut inner,
                } = self.clone();
                Either::Right(Either::Right(Box::pin(async move {
                    let admitted = if authenticate.has_newer_keys().await {
                        authenticate.admit(&request)
                    } else {
                        Err(AuthFailure::UnknownKey)
                    };
                    admitted.map_err(|failure| authenticate.refuse(&request, failure))?;
                    inner.call(request).await
                })))
            }
            Err(failure) => {
                let refusal = self.authenticate.refuse(&request, failure);
                Either::Right(Either::Left(ready(Err(refusal))))
            }
        }
    }
}

impl Authenticate {
    /// Writes down who asks, if the request may be served.
    fn admit(&self, request: &Request) -> Result<(), AuthFailure> {
        let Some(context) = Context::of(request.extensions()) else {
            return Ok(());
        };
        if context.route.get().is_some_and(|route| route.public) {
            return Ok(());
        }
        let credential = Credential::of(request.headers(), self.is_native(request));
        let Identified { client, key_id } = match self.clients.identify(credential) {
            Err(AuthFailure::Missing) => match request.extensions().get() {
                Some(certificate) => certificates::identify(&self.subjects, certificate, SystemTime::now())?,
                None => return Err(AuthFailure::Missing),
            },
            identified => identified?,
        };
        context.client.get_or_init(|| client);
        if let Some(key_id) = key_id {
            context.key_id.get_or_init(|| key_id);
        }
        Ok(())
    }

    /// The issuer may have changed its keys. Nobody waits on behalf of an address that only fails.
    fn may_wait(&self, request: &Request) -> bool {
        Context::of(request.extensions()).is_some_and(|context| !self.attempts.are_used_up(context.client_ip))
    }

    async fn has_newer_keys(&self) -> bool {
        match self.clients.tokens() {
            Some(tokens) => tokens.keys().newer().await,
            None => false,
        }
    }

    fn refuse(&self, request: &Request, failure: AuthFailure) -> Error {
        (self.on_failure)(failure);
        let context = Context::of(request.extensions());
        if failure != AuthFailure::Missing
            && let Some(wait) = context.and_then(|context| self.attempts.failed(context.client_ip))
        {
            let detail = "Too many credentials from this address were not valid.";
            return Error::new(Code::RateLimited, Origin::Gateway, detail).retry_after(wait);
        }
        let native = self.is_native(request);
        let with_tokens = self.clients.tokens().is_some();
        Error::client(Code::Unauthenticated, hint(failure, native, with_tokens))
    }

    fn is_native(&self, request: &Request) -> bool {
        self.native
            .is_some_and(|prefix| request.uri().path().starts_with(prefix))
    }
}

/// What to send instead. Nothing is said of a credential that has a right form.
fn hint(failure: AuthFailure, native: bool, with_tokens: bool) -> &'static str {
    match (failure, native, with_tokens) {
        (AuthFailure::Missing | AuthFailure::Malformed, true, false) => {
            "Send an API key once: as the password of `Authorization: Basic`, after `Bearer`, alone in \
             `Authorization`, or as `X-Api-Key`."
        }
        (AuthFailure::Missing | AuthFailure::Malformed, true, true) => {
            "Send an API key or a token once: as the password of `Authorization: Basic`, after `Bearer`, alone in \
             `Authorization`, or a key as `X-Api-Key`."
        }
        (AuthFailure::Missing | AuthFailure::Malformed, false, false) => {
            "Send an API key once, as `Authorization: Bearer <key>` or `X-Api-Key: <key>`."
        }
        (AuthFailure::Missing | AuthFailure::Malformed, false, true) => {
            "Send a credential once, as `Authorization: Bearer <key or token>` or `X-Api-Key: <key>`."
        }
        (_, _, false) => "The API key or certificate is not valid.",
        (_, _, true) => "The credential is not valid.",
    }
}

//! Once per request: counts and times it, whatever its end. Labels come from the context, never from the path.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};

use crate::around::{After, Around};
use crate::context::Context;
use crate::{Request, Response};

/// Where the figures go. The only implementation writes metrics.
pub trait HttpObserver: Send + Sync + 'static {
    /// A request began.
    fn began(&self);
    /// It is over; `status` is `None` if the client left before.
    fn ended(&self, context: &Context, method: &Method, status: Option<StatusCode>, took: Duration);
}

/// Reports every request to an [`HttpObserver`].
#[derive(Clone)]
pub struct Observe(pub Arc<dyn HttpObserver>);

impl<E> Around<Request, Response, E> for Observe {
    type After = UnderWay;

    fn before(&self, request: &mut Request) -> Result<UnderWay, Result<Response, E>> {
        self.0.began();
        Ok(UnderWay {
            observer: Arc::clone(&self.0),
            context: Context::of(request.extensions()).cloned(),
            method: request.method().clone(),
        })
    }
}

/// A request that is under way. Dropped, it says that the client left.
pub struct UnderWay {
    observer: Arc<dyn HttpObserver>,
    context: Option<Arc<Context>>,
    method: Method,
}

impl UnderWay {
    fn end(&mut self, status: Option<StatusCode>) {
        if let Some(context) = self.context.take() {
            self.observer
                .ended(&context, &self.method, status, context.took());
        }
    }
}

impl<E> After<Response, E> for UnderWay {
    fn after(mut self, result: Result<Response, E>) -> Result<Response, E> {
        if let Ok(response) = &result {
            self.end(Some(response.status()));
        }
        result
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.end(None);
    }
}

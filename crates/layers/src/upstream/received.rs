//! What the layers need to know of an answer, be it a whole one or a stream.

use http::HeaderMap;
use model::UpstreamResponse;

use super::Outcome;
use crate::body::Response;

/// An answer of a provider.
pub trait Received: Send + 'static {
    /// The status code.
    fn status(&self) -> u16;
    /// The headers.
    fn headers(&self) -> &HeaderMap;
    /// How the attempt that brought it ended.
    fn outcome(&self) -> Outcome;
    /// The same answer; the guard is dropped when nothing more of it has to come.
    #[must_use]
    fn holding<G: Send + 'static>(self, guard: G) -> Self
    where
        Self: Sized,
    {
        self.lasting(guard, drop)
    }
    /// The same, but if the rest of it does not come, that is what becomes of the guard.
    #[must_use]
    fn lasting<G: Send + 'static>(self, guard: G, cut: fn(G)) -> Self;
}

impl Received for UpstreamResponse {
    fn status(&self) -> u16 {
        self.status
    }

    fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    fn outcome(&self) -> Outcome {
        Outcome::of_status(self.status)
    }

    fn lasting<G: Send + 'static>(self, _: G, _: fn(G)) -> Self {
        self
    }
}

impl Received for Response {
    fn status(&self) -> u16 {
        self.status().as_u16()
    }

    fn headers(&self) -> &HeaderMap {
        self.headers()
    }

    fn outcome(&self) -> Outcome {
        match self.status().as_u16() {
            // It goes to somebody who may follow it, and who may have asked for a 304.
            300..=399 => Outcome::Ok,
            status => Outcome::of_status(status),
        }
    }

    fn lasting<G: Send + 'static>(self, guard: G, cut: fn(G)) -> Self {
        self.map(|body| body.lasting(guard, cut))
    }
}

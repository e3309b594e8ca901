//! What an adapter wants sent, and how it reads the answer.

use std::fmt;

use crate::drift::Drift;
use crate::error::Result;
use crate::upstream::{UpstreamRequest, UpstreamResponse};

/// What an exchange has come to after an answer.
#[derive(Debug)]
pub enum Progress<T> {
    /// The result.
    Done(T),
    /// Another request is needed: the next page, or the next step of an emulation.
    Next(Exchange<T>),
}

/// How an adapter reads an answer of 2xx.
pub type Reply<T> = Box<dyn FnOnce(UpstreamResponse, &mut Drift) -> Result<Progress<T>> + Send>;

/// What to send, and how to read the answer.
pub struct Exchange<T> {
    /// What to send.
    pub request: UpstreamRequest,
    /// The neutral resource that is being read, for drift.
    pub resource: &'static str,
    /// How to read the answer. Called for 2xx alone.
    pub read: Reply<T>,
}

impl<T> Exchange<T> {
    /// One request and its reader.
    pub fn new(
        request: UpstreamRequest,
        resource: &'static str,
        read: impl FnOnce(UpstreamResponse, &mut Drift) -> Result<Progress<T>> + Send + 'static,
    ) -> Self {
        Self {
            request,
            resource,
            read: Box::new(read),
        }
    }

    /// The same, with something else made of its result.
    #[must_use]
    pub fn map<U>(self, of: impl FnOnce(T) -> U + Send + 'static) -> Exchange<U>
    where
        T: 'static,
        U: 'static,
    {
        let Self {
            request,
            resource,
            read,
        } = self;
        Exchange::new(request, resource, |response, drift| {
            Ok(match read(response, drift)? {
                Progress::Done(result) => Progress::Done(of(result)),
                Progress::Next(next) => Progress::Next(next.map(of)),
            })
        })
    }
}

impl<T> fmt::Debug for Exchange<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

//! Once per request: bounds the requests in flight. Above the bound it answers 503 `overloaded` at once:
//! nobody waits here, so nothing can pile up.

use std::sync::Arc;
use std::time::Duration;

use model::{Code, Error};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::around::{After, Around};
use crate::{Request, Response};

/// Admits at most so many requests at a time.
#[derive(Debug, Clone)]
pub struct Admission(Arc<Semaphore>);

impl Admission {
    /// With the bound.
    pub fn new(max_in_flight: usize) -> Self {
        Self(Arc::new(Semaphore::new(
            max_in_flight.min(Semaphore::MAX_PERMITS),
        )))
    }
}

impl Around<Request, Response, Error> for Admission {
    type After = Admitted;

    fn before(&self, _: &mut Request) -> Result<Admitted, Result<Response, Error>> {
        Arc::clone(&self.0)
            .try_acquire_owned()
            .map(Admitted)
            .map_err(|_| {
                Err(Error::gateway(
                    Code::Overloaded,
                    "The gateway is handling as many requests as it may.",
                )
                .retry_after(Duration::from_secs(1)))
            })
    }
}

/// A place among those in flight, given back when dropped.
#[derive(Debug)]
pub struct Admitted(#[expect(dead_code, reason = "held until dropped")] OwnedSemaphorePermit);

impl After<Response, Error> for Admitted {
    fn after(self, result: Result<Response, Error>) -> Result<Response, Error> {
        result
    }
}

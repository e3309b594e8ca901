//! Limits that replicas share, and what to do about them while the store does not answer.

use model::{Code, Error};
use std::time::Duration;
use store::{Operation, Rate, Store, Verdict};

use crate::trace::{Scope, storing};

/// When to come back while the store is away. It is looked for all the time.
const SOON: Duration = Duration::from_secs(1);

/// What to do while the store does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnAway {
    /// Each replica's own limiter decides.
    Local,
    /// Nothing passes that would have been counted.
    Deny,
}

/// Limits that replicas share.
#[derive(Clone)]
pub struct SharedLimits {
    /// Where they are kept.
    pub store: Store,
    /// What to do without it.
    pub on_away: OnAway,
}

impl SharedLimits {
    /// Charges a bucket. `None` if the replica's own limiter is to decide.
    pub(crate) async fn take(
        &self,
        bucket: &str,
        rate: Rate,
        within: Option<&Scope>,
    ) -> Result<Option<Verdict>, Error> {
        let verdict = storing(within, Operation::Take, self.store.take(bucket, rate)).await;
        match (verdict, self.on_away) {
            (Ok(verdict), _) => Ok(Some(verdict)),
            (Err(store::Away), OnAway::Local) => Ok(None),
            (Err(store::Away), OnAway::Deny) => {
                let detail = "The store that counts for all replicas does not answer.";
                Err(Error::gateway(Code::Overloaded, detail).retry_after(SOON))
            }
        }
    }
}

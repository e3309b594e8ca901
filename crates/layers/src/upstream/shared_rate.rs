//! A connection's rate that replicas share. One attempt of a replica waits at a time and the rest behind it, in the
//! order of their turns, so that the store is not asked by all of them whenever one may go.

use model::Error;
use store::{Rate, Verdict};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::shared_limits::SharedLimits;
use crate::trace::Scope;

/// The rate of one connection.
pub(super) struct SharedRate {
    limits: SharedLimits,
    bucket: String,
    rate: Rate,
    waiting: Mutex<()>,
}

/// Why an attempt may not be made.
pub(super) enum NotNow {
    /// Not in time.
    Busy,
    /// The store is away, and this replica does not decide alone.
    Away(Error),
}

impl SharedRate {
    pub(super) fn new(limits: SharedLimits, name: &str, rate: Rate) -> Self {
        Self {
            limits,
            bucket: format!("connection:{name}"),
            rate,
            waiting: Mutex::new(()),
        }
    }

    /// Waits until an attempt may be made, at most until `give_up`.
    pub(super) async fn take(&self, give_up: Instant, within: Option<&Scope>) -> Result<(), NotNow> {
        let in_time = timeout_at(give_up, self.wait(give_up, within)).await;
        in_time.unwrap_or(Err(NotNow::Busy))
    }

    async fn wait(&self, give_up: Instant, within: Option<&Scope>) -> Result<(), NotNow> {
        let nobody_waits = self.waiting.try_lock().is_ok();
        if nobody_waits && self.ask(give_up, within).await?.is_none() {
            return Ok(());
        }
        let _first = self.waiting.lock().await;
        while let Some(at) = self.ask(give_up, within).await? {
            sleep_until(at).await;
        }
        Ok(())
    }

    /// `None` if it may be made now; else when to ask again, which is not too late.
    async fn ask(&self, give_up: Instant, within: Option<&Scope>) -> Result<Option<Instant>, NotNow> {
        let verdict = self.limits.take(&self.bucket, self.rate, within).await;
        match verdict.map_err(NotNow::Away)? {
            // Without a store the turn was this replica's decision.
            None | Some(Verdict::Allowed { .. }) => Ok(None),
            Some(Verdict::Refused { wait }) => {
                let at = Instant::now() + wait;
                if at > give_up {
                    Err(NotNow::Busy)
                } else {
                    Ok(Some(at))
                }
            }
        }
    }
}

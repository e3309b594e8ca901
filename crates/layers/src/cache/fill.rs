//! A fill: what another replica has kept, or else what the service answers; and what its end means for both levels.

use std::sync::Arc;

use model::Result;
use tokio::time::Instant;

use super::Shared;
use super::flight::{Flight, Landed, Pilot};
use super::memory::Entry;
use super::policy::{self, Lifetimes};
use crate::answer::Answer;
use crate::trace::End;

impl Shared {
    /// Brings an answer, tells it to all who wait, and then to the other replicas. The flight counts as one until then,
    /// so that no more of them wait for the store than there may be. Answers how it ended.
    pub(super) async fn fill(
        &self,
        pilot: &Pilot,
        lifetimes: Lifetimes,
        answer: impl Future<Output = Result<Arc<Answer>>>,
    ) -> End {
        let flight = &pilot.flight;
        let looked = match &self.second {
            Some(second) if !lifetimes.keep().is_zero() => second.look(flight, lifetimes).await,
            _ => None,
        };
        let (numbers, older) = looked.unzip();
        let older = older.flatten();
        if let Some(entry) = &older
            && entry.age() < entry.fresh()
            && flight.oldest.is_none_or(|most| entry.age().as_secs() <= most)
            && self.memory.put(flight.key, entry)
        {
            pilot.land(Landed::Found(Arc::clone(entry)));
            return End::default();
        }
        let result = answer.await;
        let end = End::of(&result);
        let stored = self.settle(flight, lifetimes, &result);
        pilot.land(Landed::Filled {
            result: result.clone(),
            stored,
            older,
        });
        if let (Some(second), Some(numbers)) = (&self.second, numbers) {
            let kept = match &result {
                Ok(answer) if answer.is_cacheable() => Some(&**answer),
                Err(error) if policy::revokes(error) => None,
                _ => return end,
            };
            second.keep(flight, &numbers, kept, lifetimes.keep()).await;
        }
        end
    }

    /// Draws from a fill's end what it means for the entry. Says whether it is stored.
    fn settle(&self, flight: &Flight, lifetimes: Lifetimes, result: &Result<Arc<Answer>>) -> bool {
        let keep = match result {
            Ok(answer) => answer.is_cacheable(),
            Err(error) => policy::is_absence(error),
        };
        let entry = || {
            Arc::new(Entry {
                content: result.clone(),
                at: Instant::now(),
                lifetimes,
                tags: flight.tags.clone(),
                began: flight.number,
            })
        };
        let stored = keep && self.memory.put(flight.key, &entry());
        if !stored && result.as_ref().is_err_and(policy::revokes) {
            self.memory.revoke(flight.key, flight.number);
        }
        stored
    }
}

//! A rate, as clients and connections have one.

use std::num::NonZeroU32;
use std::time::Duration;

use super::form::Form;
use super::table::Table;
use super::value::{Zero, count, duration};

/// So many requests in so much time, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rate {
    /// How many requests.
    pub requests: u32,
    /// In how much time.
    pub per: Duration,
    /// How many at once after a pause.
    pub burst: u32,
}

const MOST: u32 = 1_000_000;

/// How many.
pub(super) const REQUESTS: Form = Form::Count(1, MOST as u64);
/// In how much time.
pub(super) const PER: Form = Form::Duration(Zero::Refused);
/// And how many at once.
pub(super) const BURST: Form = REQUESTS;

impl Rate {
    /// In the terms of the limiters. A rate that was read is never zero.
    pub fn checked(&self) -> Option<layers::Rate> {
        let (requests, burst) = (NonZeroU32::new(self.requests)?, NonZeroU32::new(self.burst)?);
        Some(layers::Rate {
            requests,
            per: self.per,
            burst,
        })
    }

    pub(super) fn read(table: &mut Table<'_>) -> Self {
        let requests = table.get("requests", count(1..=MOST));
        Self {
            requests,
            per: table.get("per", duration(Zero::Refused)),
            burst: table.optional("burst", count(1..=MOST)).unwrap_or(requests),
        }
    }
}

//! Walks Twilio's own pages of a list until the page that the client asked for is full.

use std::sync::Arc;

use model::{Account, Drift, Exchange, Page, PageRequest, Progress, Result, UpstreamResponse};

use super::listing::Listing;
use super::page::Position;
use super::{PROFILE, encode, wire};
use crate::answer;

/// A walk that has come to some place.
pub(super) struct Walk<L: Listing> {
    account: Arc<Account>,
    listing: L,
    limit: usize,
    at: Position,
    items: Vec<L::Item>,
}

impl<L: Listing> Walk<L> {
    /// Begins where the client's page before this one ended.
    pub(super) fn start(account: &Arc<Account>, listing: L, page: &PageRequest) -> Result<Self> {
        Ok(Self {
            account: Arc::clone(account),
            listing,
            limit: page.limit,
            at: Position::parse(page.token.as_deref())?,
            items: Vec::new(),
        })
    }

    /// Asks for the page that the walk has come to.
    pub(super) fn step(self) -> Exchange<Page<L::Item>> {
        let request = encode::at(self.listing.request(), &self.at.turn);
        Exchange::new(request, L::RESOURCE, move |response, drift| {
            self.read(&response, drift)
        })
    }

    fn read(mut self, response: &UpstreamResponse, drift: &mut Drift) -> Result<Progress<Page<L::Item>>> {
        let node = answer::parse(&PROFILE, response)?;
        let list = wire::List::read(&node, L::KEY, drift).ok_or_else(|| {
            answer::unusable(&PROFILE, response, format_args!("it holds no list of {}", L::KEY))
        })?;
        let wanted = self.limit - self.items.len();
        let taken = list.items.iter().skip(self.at.skip).take(wanted);
        drift.below(list.key, |drift| {
            drift.below("[]", |drift| {
                let read = |item| self.listing.item(&self.account, &response.body, item, drift);
                self.items.extend(taken.map(read));
            });
        });
        let behind = self.at.skip.saturating_add(wanted);
        if behind < list.items.len() {
            self.at.skip = behind;
            return Ok(self.end());
        }
        let Some(url) = list.next_page_url else {
            return Ok(Progress::Done(Page {
                items: self.items,
                next: None,
            }));
        };
        let turn = self.at.turn.follow(&self.account, url);
        self.at = Position {
            skip: 0,
            turn: turn.map_err(|why| answer::unusable(&PROFILE, response, why))?,
        };
        if self.items.len() < self.limit {
            return Ok(Progress::Next(self.step()));
        }
        Ok(self.end())
    }

    /// The page is full, and the list goes on where the walk is.
    fn end(self) -> Progress<Page<L::Item>> {
        Progress::Done(Page {
            next: Some(self.at.token()),
            items: self.items,
        })
    }
}

//! Walks Bland's pages of conversations until the page that the client asked for is full.

use std::sync::Arc;

use model::{
    Account, Conversation, ConversationFilter, Drift, Exchange, Node, Page, PageRequest, Progress, Result,
    UpstreamResponse,
};

use super::dialect::{Dialect, Position};
use super::filter::Filters;
use super::{PROFILE, decode, encode, wire};
use crate::{answer, fingerprint};

/// A walk that has come to some place.
pub(super) struct Walk {
    account: Arc<Account>,
    filters: Filters,
    limit: usize,
    /// The dialect of the place is a guess.
    detects: bool,
    at: Position,
    items: Vec<Conversation>,
}

impl Walk {
    /// Begins where the client's page before this one ended.
    pub(super) fn start(
        account: Arc<Account>,
        filter: &ConversationFilter,
        page: &PageRequest,
    ) -> Result<Self> {
        let filters = Filters::of(filter)?;
        let configured = Dialect::configured(&account);
        let at = match &page.token {
            Some(token) => Position::parse(token)?,
            None => Position::start(configured.unwrap_or(Dialect::Page)),
        };
        Ok(Self {
            account,
            filters,
            limit: page.limit,
            detects: page.token.is_none() && configured.is_none(),
            at,
            items: Vec::new(),
        })
    }

    /// Asks for the page that the walk has come to.
    pub(super) fn step(self) -> Exchange<Page<Conversation>> {
        let request = encode::list_conversations(&self.filters, &self.at);
        Exchange::new(request, wire::CONVERSATION, move |response, drift| {
            self.read(&response, drift)
        })
    }

    fn read(
        mut self,
        response: &UpstreamResponse,
        drift: &mut Drift,
    ) -> Result<Progress<Page<Conversation>>> {
        let body = answer::parse(&PROFILE, response)?;
        let page = decode::conversations(response, &body, drift)?;
        let other = page.dialect.filter(|found| *found != self.at.dialect);
        if let (true, Some(found)) = (std::mem::take(&mut self.detects), other) {
            self.at = Position::start(found);
            // In the words of the wrong dialect filters may have been ignored.
            if !self.filters.is_empty() {
                return Ok(Progress::Next(self.step()));
            }
        }
        let first = page.items.first().map(mark);
        if first.is_some() && first == self.at.before {
            return Err(answer::unusable(
                &PROFILE,
                response,
                "its next page is the same again",
            ));
        }
        let wanted = self.limit - self.items.len();
        let end = self.at.skip.saturating_add(wanted).min(page.items.len());
        drift.below("data", |drift| {
            drift.below("[]", |drift| {
                let taken = page.items.iter().take(end).skip(self.at.skip);
                let read =
                    |item| decode::conversation::read(&self.account, None, &response.body, item, drift);
                self.items.extend(taken.map(read));
            });
        });
        if !self.items.iter().all(|item| self.filters.admit(item)) {
            let why = "its list holds conversations that the filters exclude";
            return Err(answer::unusable(&PROFILE, response, why));
        }
        let Some(next) = self.at.after(&page, end, first) else {
            return Ok(Progress::Done(Page {
                items: self.items,
                next: None,
            }));
        };
        if self.items.len() < self.limit {
            self.at = next;
            return Ok(Progress::Next(self.step()));
        }
        Ok(Progress::Done(Page {
            items: self.items,
            next: Some(next.token()),
        }))
    }
}

/// Tells one conversation from another, in few characters.
fn mark(item: &Node<'_>) -> String {
    let id = item.member("id").and_then(Node::as_str);
    fingerprint::of([id.unwrap_or_else(|| item.text())])
}

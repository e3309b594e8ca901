//! Walks Twilio's pages of five until the page that the client asked for is full.

use std::sync::Arc;

use model::{Account, Drift, Exchange, Page, PageRequest, Progress, Result, UpstreamResponse, Webhook};

use super::page::Position;
use super::sid::Conversation;
use super::{PROFILE, decode, encode, wire};
use crate::answer;

/// A walk that has come to some place.
pub(super) struct Walk {
    account: Arc<Account>,
    conversation: Conversation,
    limit: usize,
    at: Position,
    items: Vec<Webhook>,
}

impl Walk {
    /// Begins where the client's page before this one ended.
    pub(super) fn start(
        account: Arc<Account>,
        conversation: Conversation,
        page: &PageRequest,
    ) -> Result<Self> {
        Ok(Self {
            account,
            conversation,
            limit: page.limit,
            at: Position::parse(page.token.as_deref())?,
            items: Vec::new(),
        })
    }

    /// Asks for the page that the walk has come to.
    pub(super) fn step(self) -> Exchange<Page<Webhook>> {
        let request = encode::list_webhooks(&self.conversation, &self.at.turn);
        Exchange::new(request, wire::WEBHOOK, move |response, drift| {
            self.read(&response, drift)
        })
    }

    fn read(mut self, response: &UpstreamResponse, drift: &mut Drift) -> Result<Progress<Page<Webhook>>> {
        let node = answer::parse(&PROFILE, response)?;
        let list = wire::List::read(&node, drift)
            .ok_or_else(|| answer::unusable(&PROFILE, response, "it holds no list of webhooks"))?;
        let wanted = self.limit - self.items.len();
        let taken = list.items.iter().skip(self.at.skip).take(wanted);
        drift.below(list.key, |drift| {
            drift.below("[]", |drift| {
                self.items.extend(taken.map(|item| {
                    decode::webhook(&self.account, &self.conversation, &response.body, item, drift)
                }));
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
    fn end(self) -> Progress<Page<Webhook>> {
        Progress::Done(Page {
            next: Some(self.at.token()),
            items: self.items,
        })
    }
}

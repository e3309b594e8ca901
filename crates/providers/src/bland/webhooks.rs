//! The webhooks of a conversation, which Bland nowhere lists: the conversation names its number, the number
//! has the callback, and the log shows whether the conversation has another one.

use std::sync::Arc;

use model::{Account, Code, Error, Exchange, NativeId, Page, PageRequest, Progress, Result, Webhook};

use super::channel::Channel;
use super::page::not_a_cursor;
use super::{decode, encode, id, wire};

/// The id of the number's callback.
pub(super) const NUMBER: &str = "number";
/// The id of the callback that only the log shows.
pub(super) const OBSERVED: &str = "observed";

/// A page of them.
pub(super) fn list(
    account: &Arc<Account>,
    conversation: &NativeId,
    page: &PageRequest,
) -> Result<Exchange<Page<Webhook>>> {
    read(account, conversation, cut(page)?)
}

/// One of them.
pub(super) fn get(
    account: &Arc<Account>,
    conversation: &NativeId,
    webhook: &NativeId,
) -> Result<Exchange<Webhook>> {
    id::conversation(conversation)?;
    let id = webhook.as_str().to_owned();
    let missing = || Error::client(Code::NotFound, "this conversation has no such webhook");
    // No other id can come to be, so nothing has to be asked.
    if ![NUMBER, OBSERVED].contains(&id.as_str()) {
        return Err(missing());
    }
    read(account, conversation, move |webhooks| {
        let found = webhooks.into_iter().find(|webhook| webhook.id == id);
        found.ok_or_else(missing)
    })
}

/// Reads all webhooks of a conversation, and makes of them what was asked for.
fn read<T: 'static>(
    account: &Arc<Account>,
    conversation: &NativeId,
    make: impl FnOnce(Vec<Webhook>) -> Result<T> + Send + 'static,
) -> Result<Exchange<T>> {
    let asked = id::conversation(conversation)?.to_owned();
    let account = Arc::clone(account);
    let request = encode::get_conversation(&asked);
    Ok(Exchange::new(
        request,
        wire::CONVERSATION,
        move |response, drift| {
            let conversation = decode::conversation(&account, &asked, &response, drift)?;
            let channel = Channel::of_conversation(conversation.channel.as_ref());
            let steps = Steps {
                account,
                asked,
                conversation: conversation.id,
                make,
            };
            Ok(Progress::Next(match (channel, conversation.agent_number) {
                (Some(channel), Some(address)) => steps.number(channel, address),
                _ => steps.log(None),
            }))
        },
    ))
}

/// Cuts a page out of a conversation's webhooks. A token is the id of the last one.
fn cut(page: &PageRequest) -> Result<impl FnOnce(Vec<Webhook>) -> Result<Page<Webhook>> + Send + 'static> {
    // Of two at the most, only the first can have one behind it.
    let behind = match page.token.as_deref() {
        None => None,
        Some(NUMBER) => Some(NUMBER),
        Some(_) => return Err(not_a_cursor()),
    };
    let limit = page.limit;
    Ok(move |mut webhooks: Vec<Webhook>| {
        webhooks.retain(|webhook| Some(webhook.id.as_str()) != behind);
        let has_more = webhooks.len() > limit;
        webhooks.truncate(limit);
        Ok(Page {
            next: webhooks.last().filter(|_| has_more).map(|last| last.id.clone()),
            items: webhooks,
        })
    })
}

/// What the steps behind the first one need.
struct Steps<F> {
    account: Arc<Account>,
    /// The conversation as Bland calls it.
    asked: String,
    /// Its global id.
    conversation: String,
    make: F,
}

impl<F> Steps<F> {
    fn number<T: 'static>(self, channel: Channel, address: String) -> Exchange<T>
    where
        F: FnOnce(Vec<Webhook>) -> Result<T> + Send + 'static,
    {
        let request = encode::list_numbers(channel);
        Exchange::new(request, wire::NUMBER, move |response, drift| {
            let (account, conversation) = (&self.account, &self.conversation);
            let inherited = decode::inherited(account, channel, conversation, &address, &response, drift)?;
            Ok(Progress::Next(self.log(inherited)))
        })
    }

    fn log<T: 'static>(self, inherited: Option<Webhook>) -> Exchange<T>
    where
        F: FnOnce(Vec<Webhook>) -> Result<T> + Send + 'static,
    {
        let request = encode::get_log(&self.asked);
        Exchange::new(request, wire::DELIVERY, move |response, drift| {
            let mut inherited = inherited;
            let mut observed = decode::observed(&self.account, &self.conversation, &response, drift)?;
            if let Some(inherited) = &mut inherited {
                observed = observed.filter(|observed| observed.target != inherited.target);
                inherited.overridden = observed.is_some();
            }
            let webhooks = inherited.into_iter().chain(observed).collect();
            (self.make)(webhooks).map(Progress::Done)
        })
    }
}

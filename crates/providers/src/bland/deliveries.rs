//! What was sent for a conversation. Bland keeps one log for each.

use std::sync::Arc;

use model::{Account, Code, Error, Exchange, NativeId, Page, PageRequest, Progress, Result, WebhookDelivery};

use super::{decode, encode, id, page, wire};

/// The log as a list.
pub(super) fn list(
    account: &Arc<Account>,
    conversation: &NativeId,
    page: &PageRequest,
) -> Result<Exchange<Page<WebhookDelivery>>> {
    // A conversation has one log, so no page has a next one.
    if page.token.is_some() {
        return Err(page::not_a_cursor());
    }
    let log = Log::of(account, conversation)?;
    Ok(log.read(|_, delivery| {
        Ok(Progress::Done(Page {
            items: delivery.into_iter().collect(),
            next: None,
        }))
    }))
}

/// The delivery in the log, if it is the one that was asked for.
pub(super) fn get(
    account: &Arc<Account>,
    conversation: &NativeId,
    delivery: &NativeId,
) -> Result<Exchange<WebhookDelivery>> {
    let log = Log::of(account, conversation)?;
    let id = id::delivery(delivery)?.to_owned();
    Ok(log.read(move |_, delivery| find(delivery, &id).map(Progress::Done)))
}

/// Sends it again. Bland is asked by conversation, and would send whatever its log holds by now.
pub(super) fn redeliver(
    account: &Arc<Account>,
    conversation: &NativeId,
    delivery: &NativeId,
    rebuild: bool,
) -> Result<Exchange<WebhookDelivery>> {
    let log = Log::of(account, conversation)?;
    let id = id::delivery(delivery)?.to_owned();
    Ok(log.read(move |log, delivery| {
        find(delivery, &id)?;
        log.resend(rebuild).map(Progress::Next)
    }))
}

fn find(delivery: Option<WebhookDelivery>, id: &str) -> Result<WebhookDelivery> {
    delivery
        .filter(|delivery| delivery.id == id)
        .ok_or_else(|| Error::client(Code::NotFound, "this conversation has no such delivery"))
}

/// The log of a conversation.
struct Log {
    account: Arc<Account>,
    /// The conversation as Bland calls it.
    conversation: String,
}

impl Log {
    fn of(account: &Arc<Account>, conversation: &NativeId) -> Result<Self> {
        Ok(Self {
            conversation: id::conversation(conversation)?.to_owned(),
            account: Arc::clone(account),
        })
    }

    /// Reads its delivery, if there is one, and goes on with it.
    fn read<T: 'static>(
        self,
        then: impl FnOnce(Self, Option<WebhookDelivery>) -> Result<Progress<T>> + Send + 'static,
    ) -> Exchange<T> {
        let request = encode::get_log(&self.conversation);
        Exchange::new(request, wire::DELIVERY, move |response, drift| {
            let delivery = decode::log(&self.account, &self.conversation, &response, drift)?;
            then(self, delivery)
        })
    }

    fn resend(self, rebuild: bool) -> Result<Exchange<WebhookDelivery>> {
        let request = encode::resend(&self.conversation, rebuild)?;
        Ok(Exchange::new(request, wire::DELIVERY, move |response, drift| {
            decode::resent(&self.account, &self.conversation, &response, drift).map(Progress::Done)
        }))
    }
}

//! Bland SMS.

mod channel;
mod decode;
mod dialect;
mod duration;
mod encode;
mod error;
mod filter;
mod id;
mod list;
mod page;
mod webhooks;
mod wire;

use std::sync::Arc;

use model::{
    Account, AuthScheme, Capabilities, Code, Conversation, ConversationFilter, Error, Exchange, NativeId,
    Number, Operation, OptionKind, Page, PageRequest, Profile, Progress, Provider, Result, Support,
    UpstreamResponse, Webhook, WebhookDelivery,
};

pub use decode::conversation::rebuild as rebuild_conversation;
pub use decode::delivery::rebuild as rebuild_delivery;
pub use decode::number::rebuild as rebuild_number;
pub use decode::webhook::rebuild as rebuild_webhook;

use self::channel::Channel;
use self::list::Walk;
use self::page::Position;

/// The adapter.
#[derive(Debug, Clone, Copy)]
pub struct Bland;

const PROFILE: Profile = Profile {
    provider: "bland",
    api: "sms-v1",
    base_url: "https://api.bland.ai",
    // The raw key. `Bearer` is documented for other products of theirs alone.
    auth: AuthScheme::Header {
        name: "authorization",
        prefix: "",
    },
    throttled_is_unsent: false,
    request_id_header: None,
    capabilities: Capabilities(&[
        (Operation::ListConversations, Support::Native),
        (Operation::GetConversation, Support::Native),
        (Operation::ListConversationWebhooks, Support::Emulated),
        (Operation::GetConversationWebhook, Support::Emulated),
        (Operation::ListWebhookDeliveries, Support::Native),
        (Operation::GetWebhookDelivery, Support::Native),
        (Operation::ListNumbers, Support::Native),
        (Operation::GetNumber, Support::Emulated),
    ]),
    unsupported_fields: &[
        ("conversation", &["service_id", "name"]),
        ("number", &["created_at", "updated_at"]),
        ("webhook", &["keywords", "created_at", "updated_at"]),
    ],
    options: &[
        ("list_dialect", OptionKind::Word(&["auto", "page", "offset"])),
        ("redelivery", OptionKind::Flag(false)),
        ("clear_webhook", OptionKind::Flag(false)),
    ],
};

impl Provider for Bland {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn read_error(&self, response: &UpstreamResponse) -> Error {
        error::read(response)
    }

    fn list_conversations(
        &self,
        account: &Arc<Account>,
        filter: &ConversationFilter,
        page: &PageRequest,
    ) -> Result<Exchange<Page<Conversation>>> {
        Ok(Walk::start(Arc::clone(account), filter, page)?.step())
    }

    fn get_conversation(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
    ) -> Result<Exchange<Conversation>> {
        let asked = id::conversation(conversation)?.to_owned();
        let account = Arc::clone(account);
        let request = encode::get_conversation(&asked);
        Ok(Exchange::new(
            request,
            wire::CONVERSATION,
            move |response, drift| {
                decode::conversation(&account, &asked, &response, drift).map(Progress::Done)
            },
        ))
    }

    fn list_conversation_webhooks(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        page: &PageRequest,
    ) -> Result<Exchange<Page<Webhook>>> {
        webhooks::read(account, conversation, webhooks::page(page)?)
    }

    fn get_conversation_webhook(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        webhook: &NativeId,
    ) -> Result<Exchange<Webhook>> {
        id::conversation(conversation)?;
        let id = webhook.as_str().to_owned();
        let missing = || Error::client(Code::NotFound, "this conversation has no such webhook");
        // No other id can come to be, so nothing has to be asked.
        if ![webhooks::NUMBER, webhooks::OBSERVED].contains(&id.as_str()) {
            return Err(missing());
        }
        webhooks::read(account, conversation, move |webhooks| {
            let found = webhooks.into_iter().find(|webhook| webhook.id == id);
            found.ok_or_else(missing)
        })
    }

    fn list_webhook_deliveries(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        page: &PageRequest,
    ) -> Result<Exchange<Page<WebhookDelivery>>> {
        // A conversation has one log, so no page has a next one.
        if page.token.is_some() {
            return Err(page::not_a_cursor());
        }
        log(account, conversation, |delivery| {
            Ok(Page {
                items: delivery.into_iter().collect(),
                next: None,
            })
        })
    }

    fn get_webhook_delivery(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        delivery: &NativeId,
    ) -> Result<Exchange<WebhookDelivery>> {
        let id = id::delivery(delivery)?.to_owned();
        log(account, conversation, move |delivery| {
            delivery
                .filter(|delivery| delivery.id == id)
                .ok_or_else(|| Error::client(Code::NotFound, "this conversation has no such delivery"))
        })
    }

    fn list_numbers(
        &self,
        account: &Arc<Account>,
        channel: Option<&str>,
        page: &PageRequest,
    ) -> Result<Exchange<Page<Number>>> {
        let channel = Channel::of_filter(channel)?;
        let after = page.token.as_deref().map(Position::parse).transpose()?;
        let limit = page.limit;
        Ok(numbers(account, channel, move |numbers| {
            Ok(page::cut(numbers, after.as_ref(), limit))
        }))
    }

    fn get_number(&self, account: &Arc<Account>, number: &NativeId) -> Result<Exchange<Number>> {
        let channel = id::number(number)?;
        let id = format!("{}:{number}", account.connection);
        Ok(numbers(account, channel, move |numbers| {
            let found = numbers.into_iter().find(|number| number.id == id);
            found.ok_or_else(|| Error::client(Code::NotFound, "this connection has no such number"))
        }))
    }
}

/// Reads a conversation's log, and makes of its delivery, if there is one, what was asked for.
fn log<T: 'static>(
    account: &Arc<Account>,
    conversation: &NativeId,
    make: impl FnOnce(Option<WebhookDelivery>) -> Result<T> + Send + 'static,
) -> Result<Exchange<T>> {
    let conversation = id::conversation(conversation)?.to_owned();
    let account = Arc::clone(account);
    let request = encode::get_log(&conversation);
    Ok(Exchange::new(request, wire::DELIVERY, move |response, drift| {
        let delivery = decode::log(&account, &conversation, &response, drift)?;
        make(delivery).map(Progress::Done)
    }))
}

/// Reads the numbers of a channel, and makes of them what was asked for.
fn numbers<T: 'static>(
    account: &Arc<Account>,
    channel: Channel,
    make: impl FnOnce(Vec<Number>) -> Result<T> + Send + 'static,
) -> Exchange<T> {
    let account = Arc::clone(account);
    Exchange::new(
        encode::list_numbers(channel),
        wire::NUMBER,
        move |response, drift| {
            let numbers = decode::numbers(&account, channel, &response, drift)?;
            make(numbers).map(Progress::Done)
        },
    )
}

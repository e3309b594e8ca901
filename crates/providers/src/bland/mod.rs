//! Bland SMS.

mod change;
mod channel;
mod decode;
mod deliveries;
mod dialect;
mod duration;
mod encode;
mod error;
mod filter;
mod id;
mod list;
mod number_webhook;
mod numbers;
mod page;
mod webhooks;
mod wire;

use std::sync::Arc;

use bytes::Bytes;
use model::{
    Account, AuthScheme, Capabilities, Conversation, ConversationFilter, Error, Exchange, IdOf, NativeId,
    Number, Operation, OptionKind, Page, PageRequest, Profile, Progress, Provider, Result, Support,
    UpstreamResponse, Webhook, WebhookChange, WebhookDelivery,
};

pub use decode::conversation::rebuild as rebuild_conversation;
pub use decode::delivery::rebuild as rebuild_delivery;
pub use decode::number::rebuild as rebuild_number;
pub use decode::webhook::rebuild as rebuild_webhook;

use self::list::Walk;

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
        // Announced for the dashboard; the call itself stands in a draft of the documentation alone.
        (
            Operation::RedeliverWebhookDelivery,
            Support::Disabled { key: "redelivery" },
        ),
        (Operation::ListNumbers, Support::Native),
        (Operation::GetNumber, Support::Emulated),
        (Operation::GetNumberWebhook, Support::Native),
        (Operation::ReplaceNumberWebhook, Support::Native),
        // Nobody documents that a callback can be cleared.
        (
            Operation::DeleteNumberWebhook,
            Support::Disabled { key: "clear_webhook" },
        ),
    ]),
    unsupported_fields: &[
        ("conversation", &["service_id", "name"]),
        ("number", &["created_at", "updated_at"]),
        ("webhook", &["keywords", "created_at", "updated_at"]),
    ],
    ids: &[
        (IdOf::Conversation, "[A-Za-z0-9_-]{1,128}"),
        (
            IdOf::Number,
            r"(?:sms|whatsapp|imessage):(?:\+[1-9][0-9]{1,14}|unknown-[0-9a-f]{16})",
        ),
        (IdOf::Webhook, "number|observed"),
        (IdOf::Delivery, "[0-9a-f]{16}"),
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

    fn probe(&self, account: &Arc<Account>) -> Result<(Operation, Exchange<()>)> {
        let one = PageRequest {
            limit: 1,
            token: None,
        };
        Ok((
            Operation::ListNumbers,
            numbers::list(account, None, &one)?.map(drop),
        ))
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
        webhooks::list(account, conversation, page)
    }

    fn get_conversation_webhook(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        webhook: &NativeId,
    ) -> Result<Exchange<Webhook>> {
        webhooks::get(account, conversation, webhook)
    }

    fn list_webhook_deliveries(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        page: &PageRequest,
    ) -> Result<Exchange<Page<WebhookDelivery>>> {
        deliveries::list(account, conversation, page)
    }

    fn get_webhook_delivery(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        delivery: &NativeId,
    ) -> Result<Exchange<WebhookDelivery>> {
        deliveries::get(account, conversation, delivery)
    }

    fn redeliver_webhook_delivery(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        delivery: &NativeId,
        rebuild: bool,
    ) -> Result<Exchange<WebhookDelivery>> {
        deliveries::redeliver(account, conversation, delivery, rebuild)
    }

    fn list_numbers(
        &self,
        account: &Arc<Account>,
        channel: Option<&str>,
        page: &PageRequest,
    ) -> Result<Exchange<Page<Number>>> {
        numbers::list(account, channel, page)
    }

    fn get_number(&self, account: &Arc<Account>, number: &NativeId) -> Result<Exchange<Number>> {
        numbers::get(account, number)
    }

    fn get_number_webhook(&self, account: &Arc<Account>, number: &NativeId) -> Result<Exchange<Webhook>> {
        number_webhook::get(account, number)
    }

    fn replace_number_webhook(
        &self,
        account: &Arc<Account>,
        number: &NativeId,
        change: &WebhookChange,
    ) -> Result<Exchange<Webhook>> {
        number_webhook::replace(account, number, change)
    }

    fn delete_number_webhook(&self, account: &Arc<Account>, number: &NativeId) -> Result<Exchange<()>> {
        number_webhook::delete(account, number)
    }

    fn render_error(&self, _: u16, error: &Error) -> Bytes {
        error::render(error)
    }
}

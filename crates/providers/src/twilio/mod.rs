//! Twilio Conversations v1.

mod address;
mod callbacks;
mod change;
mod conversations;
mod cut;
mod decode;
mod encode;
mod error;
mod event;
mod exchange;
mod filter;
mod links;
mod list;
mod listing;
mod numbers;
mod page;
mod sid;
mod webhooks;
mod wire;

use std::sync::Arc;

use bytes::Bytes;
use model::{
    Account, AccountScope, AuthScheme, Capabilities, Conversation, ConversationFilter, Error, Exchange, IdOf,
    NativeId, Number, Operation, OptionKind, OptionValue, Page, PageRequest, Phase, Profile, Provider,
    Result, Service, Support, UpstreamResponse, Webhook, WebhookChange,
};

pub use decode::callbacks::rebuild as rebuild_callbacks;
pub use decode::conversation::rebuild as rebuild_conversation;
pub use decode::number::{rebuild as rebuild_number, rebuild_webhook as rebuild_number_webhook};
pub use decode::service::rebuild as rebuild_service;
pub use decode::webhook::rebuild as rebuild_webhook;

/// The adapter.
#[derive(Debug, Clone, Copy)]
pub struct Twilio;

/// Its libraries follow links as they are, so on the pass-through face these lead back to it.
const REWRITE_URLS: &str = "rewrite_urls";

const PROFILE: Profile = Profile {
    provider: "twilio",
    api: "conversations-v1",
    base_url: "https://conversations.twilio.com",
    auth: AuthScheme::Basic,
    // Error 20429: too many concurrent requests, and this one was not processed.
    throttled_is_unsent: true,
    request_id_header: Some("twilio-request-id"),
    capabilities: Capabilities(&[
        (Operation::ListServices, Support::Native),
        (Operation::GetService, Support::Native),
        (Operation::ListConversations, Support::Native),
        (Operation::GetConversation, Support::Native),
        (Operation::ListConversationWebhooks, Support::Native),
        (Operation::GetConversationWebhook, Support::Native),
        (Operation::CreateConversationWebhook, Support::Native),
        (Operation::UpdateConversationWebhook, Support::Native),
        (Operation::DeleteConversationWebhook, Support::Native),
        (Operation::ListNumbers, Support::Native),
        (Operation::GetNumber, Support::Native),
        (Operation::GetNumberWebhook, Support::Native),
        (Operation::ReplaceNumberWebhook, Support::Native),
        (Operation::DeleteNumberWebhook, Support::Native),
        (Operation::ListAccountWebhooks, Support::Native),
        (Operation::GetAccountWebhook, Support::Native),
        (Operation::UpdateAccountWebhook, Support::Native),
        (Operation::ListServiceWebhooks, Support::Native),
        (Operation::GetServiceWebhook, Support::Native),
        (Operation::UpdateServiceWebhook, Support::Native),
    ]),
    unsupported_fields: &[
        (
            "conversation",
            &[
                "closed_reason",
                "channel",
                "user_number",
                "agent_number",
                "message_count",
                "last_message_at",
            ],
        ),
        ("number", &["agent", "messaging_service_id", "conversation_count"]),
    ],
    ids: &[
        (IdOf::Conversation, "(?:IS[0-9a-fA-F]{32}\\.)?CH[0-9a-fA-F]{32}"),
        (IdOf::Service, "IS[0-9a-fA-F]{32}"),
        (IdOf::Number, address::PATTERN),
        (IdOf::Webhook, "WH[0-9a-fA-F]{32}"),
        (IdOf::Flow, "FW[0-9a-fA-F]{32}"),
    ],
    options: &[(REWRITE_URLS, OptionKind::Flag(true))],
};

impl Provider for Twilio {
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
        let list = conversations::list(account, &ConversationFilter::default(), &one)?;
        Ok((Operation::ListConversations, list.map(drop)))
    }

    fn list_services(&self, account: &Arc<Account>, page: &PageRequest) -> Result<Exchange<Page<Service>>> {
        conversations::services(account, page)
    }

    fn get_service(&self, account: &Arc<Account>, service: &NativeId) -> Result<Exchange<Service>> {
        conversations::service(account, service)
    }

    fn list_conversations(
        &self,
        account: &Arc<Account>,
        filter: &ConversationFilter,
        page: &PageRequest,
    ) -> Result<Exchange<Page<Conversation>>> {
        conversations::list(account, filter, page)
    }

    fn get_conversation(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
    ) -> Result<Exchange<Conversation>> {
        conversations::get(account, conversation)
    }

    fn list_conversation_webhooks(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        page: &PageRequest,
    ) -> Result<Exchange<Page<Webhook>>> {
        webhooks::list(account, conversation, page)
    }

    fn list_effective_webhooks(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        page: &PageRequest,
    ) -> Result<Exchange<Page<Webhook>>> {
        webhooks::list_effective(account, conversation, page)
    }

    fn get_conversation_webhook(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        webhook: &NativeId,
    ) -> Result<Exchange<Webhook>> {
        webhooks::get(account, conversation, webhook)
    }

    fn create_conversation_webhook(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        change: &WebhookChange,
    ) -> Result<Exchange<Webhook>> {
        webhooks::create(account, conversation, change)
    }

    fn update_conversation_webhook(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        current: &Webhook,
        change: &WebhookChange,
    ) -> Result<Exchange<Webhook>> {
        webhooks::update(account, conversation, current, change)
    }

    fn delete_conversation_webhook(
        &self,
        _: &Arc<Account>,
        conversation: &NativeId,
        webhook: &NativeId,
    ) -> Result<Exchange<()>> {
        webhooks::delete(conversation, webhook)
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
        numbers::get_webhook(account, number)
    }

    fn replace_number_webhook(
        &self,
        account: &Arc<Account>,
        number: &NativeId,
        change: &WebhookChange,
    ) -> Result<Exchange<Webhook>> {
        numbers::replace_webhook(account, number, change)
    }

    fn delete_number_webhook(&self, account: &Arc<Account>, number: &NativeId) -> Result<Exchange<()>> {
        numbers::delete_webhook(account, number)
    }

    fn list_scope_webhooks(
        &self,
        account: &Arc<Account>,
        scope: &AccountScope,
        page: &PageRequest,
    ) -> Result<Exchange<Page<Webhook>>> {
        callbacks::list(account, scope, page)
    }

    fn get_scope_webhook(
        &self,
        account: &Arc<Account>,
        scope: &AccountScope,
        phase: Phase,
    ) -> Result<Exchange<Webhook>> {
        callbacks::get(account, scope, phase)
    }

    fn update_scope_webhook(
        &self,
        account: &Arc<Account>,
        scope: &AccountScope,
        current: &Webhook,
        change: &WebhookChange,
        linked: bool,
    ) -> Result<Exchange<Webhook>> {
        callbacks::update(account, scope, current, change, linked)
    }

    fn subject<'i>(&self, id: &'i NativeId) -> &'i str {
        sid::subject(id)
    }

    fn render_error(&self, status: u16, error: &Error) -> Bytes {
        error::render(status, error)
    }

    fn rewrites_links(&self, account: &Account) -> bool {
        account.options.get(REWRITE_URLS) == Some(&OptionValue::Flag(true))
    }

    fn rewrite_links(&self, account: &Account, face: &str, body: &Bytes) -> Result<Option<Bytes>> {
        links::rewrite(account, face, body)
    }
}

/// The native value in a word of the neutral schema that has none of its own: `twilio:<native value>`.
fn own(word: &str) -> Option<&str> {
    let native = word.strip_prefix(PROFILE.provider)?.strip_prefix(':')?;
    (!native.is_empty()).then_some(native)
}

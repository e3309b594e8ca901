//! Twilio Conversations v1.

mod decode;
mod encode;
mod error;
mod filter;
mod list;
mod listing;
mod page;
mod sid;
mod wire;

use std::sync::Arc;

use bytes::Bytes;
use model::{
    Account, AuthScheme, Capabilities, Conversation, ConversationFilter, Drift, Error, Exchange, NativeId,
    Node, Operation, OptionKind, Page, PageRequest, Profile, Progress, Provider, Result, Service, Support,
    UpstreamRequest, UpstreamResponse, Webhook,
};

pub use decode::conversation::rebuild as rebuild_conversation;
pub use decode::service::rebuild as rebuild_service;
pub use decode::webhook::rebuild as rebuild_webhook;

use self::filter::Filter;
use self::list::Walk;
use self::listing::{Conversations, Listing, Services, Webhooks};
use crate::answer;

/// The adapter.
#[derive(Debug, Clone, Copy)]
pub struct Twilio;

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
        (Operation::ListConversations, Support::Native),
        (Operation::GetConversation, Support::Native),
        (Operation::ListConversationWebhooks, Support::Native),
        (Operation::GetConversationWebhook, Support::Native),
    ]),
    unsupported_fields: &[(
        "conversation",
        &[
            "closed_reason",
            "channel",
            "user_number",
            "agent_number",
            "message_count",
            "last_message_at",
        ],
    )],
    options: &[("rewrite_urls", OptionKind::Flag(true))],
};

impl Provider for Twilio {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn read_error(&self, response: &UpstreamResponse) -> Error {
        error::read(response)
    }

    fn list_services(&self, account: &Arc<Account>, page: &PageRequest) -> Result<Exchange<Page<Service>>> {
        Ok(Walk::start(account, Services, page)?.step())
    }

    fn list_conversations(
        &self,
        account: &Arc<Account>,
        filter: &ConversationFilter,
        page: &PageRequest,
    ) -> Result<Exchange<Page<Conversation>>> {
        let conversations = Conversations(Filter::of(filter)?);
        Ok(Walk::start(account, conversations, page)?.step())
    }

    fn get_conversation(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
    ) -> Result<Exchange<Conversation>> {
        let asked = sid::Conversation::parse(conversation)?;
        let request = encode::get_conversation(&asked);
        let account = Arc::clone(account);
        Ok(one(request, Conversations::RESOURCE, move |body, node, drift| {
            let (service, sid) = (asked.service.as_deref(), Some(asked.sid.as_str()));
            decode::conversation::read(&account, service, sid, body, node, drift)
        }))
    }

    fn list_conversation_webhooks(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        page: &PageRequest,
    ) -> Result<Exchange<Page<Webhook>>> {
        let webhooks = Webhooks(sid::Conversation::parse(conversation)?);
        Ok(Walk::start(account, webhooks, page)?.step())
    }

    fn get_conversation_webhook(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        webhook: &NativeId,
    ) -> Result<Exchange<Webhook>> {
        let conversation = sid::Conversation::parse(conversation)?;
        let request = encode::get_webhook(&conversation, sid::webhook(webhook)?);
        let account = Arc::clone(account);
        Ok(one(request, Webhooks::RESOURCE, move |body, node, drift| {
            decode::webhook::read(&account, &conversation, body, node, drift)
        }))
    }
}

/// Asks for one resource.
fn one<T>(
    request: UpstreamRequest,
    resource: &'static str,
    read: impl FnOnce(&Bytes, &Node<'_>, &mut Drift) -> T + Send + 'static,
) -> Exchange<T> {
    Exchange::new(request, resource, move |response, drift| {
        let node = answer::parse(&PROFILE, &response)?;
        Ok(Progress::Done(read(&response.body, &node, drift)))
    })
}

//! Twilio Conversations v1.

mod decode;
mod encode;
mod error;
mod list;
mod page;
mod sid;
mod wire;

use std::sync::Arc;

use model::{
    Account, AuthScheme, Capabilities, Error, Exchange, NativeId, Operation, OptionKind, Page, PageRequest,
    Profile, Progress, Provider, Result, Support, UpstreamResponse, Webhook,
};

pub use decode::rebuild;

use self::list::Walk;
use self::sid::Conversation;
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
        (Operation::ListConversationWebhooks, Support::Native),
        (Operation::GetConversationWebhook, Support::Native),
    ]),
    unsupported_fields: &[],
    options: &[("rewrite_urls", OptionKind::Flag(true))],
};

impl Provider for Twilio {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn read_error(&self, response: &UpstreamResponse) -> Error {
        error::read(response)
    }

    fn list_conversation_webhooks(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        page: &PageRequest,
    ) -> Result<Exchange<Page<Webhook>>> {
        let conversation = Conversation::parse(conversation)?;
        Ok(Walk::start(Arc::clone(account), conversation, page)?.step())
    }

    fn get_conversation_webhook(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        webhook: &NativeId,
    ) -> Result<Exchange<Webhook>> {
        let conversation = Conversation::parse(conversation)?;
        let request = encode::get_webhook(&conversation, sid::webhook(webhook)?);
        let account = Arc::clone(account);
        Ok(Exchange::new(request, wire::WEBHOOK, move |response, drift| {
            let node = answer::parse(&PROFILE, &response)?;
            let webhook = decode::webhook(&account, &conversation, &response.body, &node, drift);
            Ok(Progress::Done(webhook))
        }))
    }
}

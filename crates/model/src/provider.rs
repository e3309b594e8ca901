//! The contract between the gateway and an adapter.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::capability::{Capabilities, Operation};
use crate::conversation::{Conversation, ConversationFilter};
use crate::delivery::WebhookDelivery;
use crate::drift::Drift;
use crate::error::{Code, Error, Result};
use crate::id::{ConnectionName, NativeId};
use crate::number::Number;
use crate::page::{Page, PageRequest};
use crate::service::Service;
use crate::upstream::{AuthScheme, UpstreamRequest, UpstreamResponse};
use crate::webhook::Webhook;

/// What is always true of a provider. Data, not code.
#[derive(Debug)]
pub struct Profile {
    /// Its name in configuration, ids and answers.
    pub provider: &'static str,
    /// The API that the adapter speaks, `conversations-v1`.
    pub api: &'static str,
    /// Where that API lives, without a trailing slash.
    pub base_url: &'static str,
    /// How it wants to see our credential.
    pub auth: AuthScheme,
    /// Its 429 means that the request was not processed, so that even a write may be sent again.
    pub throttled_is_unsent: bool,
    /// The answer's header with its own request id.
    pub request_id_header: Option<&'static str>,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Neutral fields that it can never fill: `(resource, fields)`.
    pub unsupported_fields: &'static [(&'static str, &'static [&'static str])],
    /// Keys of its own in a connection's table.
    pub options: &'static [(&'static str, OptionKind)],
}

/// The form and the default of a provider's own configuration key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionKind {
    /// `true` or `false`.
    Flag(bool),
    /// One of these words; the first is the default.
    Word(&'static [&'static str]),
}

/// A configured value of such a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionValue {
    /// A flag.
    Flag(bool),
    /// A word of the list.
    Word(&'static str),
}

/// A configured account at a provider, as its adapter sees it. It holds no credential.
#[derive(Debug)]
pub struct Account {
    /// The connection's name.
    pub connection: ConnectionName,
    /// The base URL in use, without a trailing slash.
    pub base_url: String,
    /// The provider's own keys, every one of them.
    pub options: BTreeMap<&'static str, OptionValue>,
}

/// What an exchange has come to after an answer.
#[derive(Debug)]
pub enum Progress<T> {
    /// The result.
    Done(T),
    /// Another request is needed: the next page, or the next step of an emulation.
    Next(Exchange<T>),
}

/// How an adapter reads an answer of 2xx.
pub type Reply<T> = Box<dyn FnOnce(UpstreamResponse, &mut Drift) -> Result<Progress<T>> + Send>;

/// What to send, and how to read the answer.
pub struct Exchange<T> {
    /// What to send.
    pub request: UpstreamRequest,
    /// The neutral resource that is being read, for drift.
    pub resource: &'static str,
    /// How to read the answer. Called for 2xx alone.
    pub read: Reply<T>,
}

impl<T> Exchange<T> {
    /// One request and its reader.
    pub fn new(
        request: UpstreamRequest,
        resource: &'static str,
        read: impl FnOnce(UpstreamResponse, &mut Drift) -> Result<Progress<T>> + Send + 'static,
    ) -> Self {
        Self {
            request,
            resource,
            read: Box::new(read),
        }
    }
}

impl<T> fmt::Debug for Exchange<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

/// An adapter: pure functions between the neutral schema and one provider's wire format. It never sends,
/// sleeps, spawns or reads a clock.
///
/// Of every operation:
/// - It is called only if the capabilities have it; the default answers `unsupported_by_provider`.
/// - An id that is not of the provider's form is refused with 422 before any request, naming the parameter.
/// - A read never fails because of a field that is unknown, missing, null or of another type: that is drift.
/// - It fails with `provider_protocol_error` if the answer is no JSON, or not even a list where one is due.
/// - Every resource carries `extra` such that the neutral fields and `extra` rebuild the provider's JSON, and
///   `raw`, the provider's bytes.
pub trait Provider: Send + Sync + 'static {
    /// What is always true of this provider.
    fn profile(&self) -> &'static Profile;

    /// Reads an answer outside 2xx.
    /// - 401 and 403 are about *our* credential: `provider_auth_failed`.
    /// - A body that is not of the documented form still gives the code of its status.
    fn read_error(&self, response: &UpstreamResponse) -> Error;

    /// Services.
    fn list_services(&self, account: &Arc<Account>, page: &PageRequest) -> Result<Exchange<Page<Service>>> {
        let _ = (account, page);
        Err(self.unsupported(Operation::ListServices))
    }

    /// Conversations, in the provider's order.
    /// - A filter that the provider does not have is refused with 422, naming the parameter; it is never
    ///   ignored.
    fn list_conversations(
        &self,
        account: &Arc<Account>,
        filter: &ConversationFilter,
        page: &PageRequest,
    ) -> Result<Exchange<Page<Conversation>>> {
        let _ = (account, filter, page);
        Err(self.unsupported(Operation::ListConversations))
    }

    /// One conversation.
    fn get_conversation(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
    ) -> Result<Exchange<Conversation>> {
        let _ = (account, conversation);
        Err(self.unsupported(Operation::GetConversation))
    }

    /// The webhooks of a conversation.
    /// - Those that it inherits from its number say so.
    /// - In the provider's order; pages of any size are walked until `limit` is reached.
    /// - A conversation without webhooks is an empty page.
    fn list_conversation_webhooks(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        page: &PageRequest,
    ) -> Result<Exchange<Page<Webhook>>> {
        let _ = (account, conversation, page);
        Err(self.unsupported(Operation::ListConversationWebhooks))
    }

    /// One webhook of a conversation.
    fn get_conversation_webhook(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        webhook: &NativeId,
    ) -> Result<Exchange<Webhook>> {
        let _ = (account, conversation, webhook);
        Err(self.unsupported(Operation::GetConversationWebhook))
    }

    /// What was sent to callbacks for a conversation.
    /// - A conversation for which nothing was sent is an empty page.
    fn list_webhook_deliveries(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        page: &PageRequest,
    ) -> Result<Exchange<Page<WebhookDelivery>>> {
        let _ = (account, conversation, page);
        Err(self.unsupported(Operation::ListWebhookDeliveries))
    }

    /// One delivery. Its id is deterministic where the provider has none.
    fn get_webhook_delivery(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        delivery: &NativeId,
    ) -> Result<Exchange<WebhookDelivery>> {
        let _ = (account, conversation, delivery);
        Err(self.unsupported(Operation::GetWebhookDelivery))
    }

    /// Numbers, ordered by address.
    /// - `channel` narrows; without it the provider's default channel is listed.
    fn list_numbers(
        &self,
        account: &Arc<Account>,
        channel: Option<&str>,
        page: &PageRequest,
    ) -> Result<Exchange<Page<Number>>> {
        let _ = (account, channel, page);
        Err(self.unsupported(Operation::ListNumbers))
    }

    /// One number.
    fn get_number(&self, account: &Arc<Account>, number: &NativeId) -> Result<Exchange<Number>> {
        let _ = (account, number);
        Err(self.unsupported(Operation::GetNumber))
    }

    /// The answer for what this provider does not have.
    fn unsupported(&self, operation: Operation) -> Error {
        let provider = self.profile().provider;
        let (verb, resource) = (operation.verb(), operation.resource());
        Error::gateway(
            Code::UnsupportedByProvider,
            format!(
                "{provider} has no operation to {verb} {resource}; GET /v1/connections lists what it has"
            ),
        )
    }
}

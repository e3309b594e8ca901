//! The contract between the gateway and an adapter.

use std::sync::Arc;

use bytes::Bytes;

use crate::capability::Operation;
use crate::change::WebhookChange;
use crate::conversation::{Conversation, ConversationFilter};
use crate::delivery::WebhookDelivery;
use crate::error::{Code, Error, Result};
use crate::exchange::Exchange;
use crate::id::NativeId;
use crate::number::Number;
use crate::page::{Page, PageRequest};
use crate::profile::{Account, AccountScope, Profile};
use crate::service::Service;
use crate::upstream::UpstreamResponse;
use crate::webhook::{Phase, Webhook};

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

    /// A read that shows whether the account can be used, and what it is.
    /// - It changes nothing, costs nothing, and its answer is short.
    fn probe(&self, account: &Arc<Account>) -> Result<(Operation, Exchange<()>)>;

    /// Services.
    fn list_services(&self, account: &Arc<Account>, page: &PageRequest) -> Result<Exchange<Page<Service>>> {
        let _ = (account, page);
        Err(self.unsupported(Operation::ListServices))
    }

    /// One service.
    fn get_service(&self, account: &Arc<Account>, service: &NativeId) -> Result<Exchange<Service>> {
        let _ = (account, service);
        Err(self.unsupported(Operation::GetService))
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

    /// The webhooks of a conversation, and after them all that are known to apply to it from its number, its
    /// service and its account.
    /// - Those say so by `inherited`; what is not called at all is left out.
    fn list_effective_webhooks(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        page: &PageRequest,
    ) -> Result<Exchange<Page<Webhook>>> {
        self.list_conversation_webhooks(account, conversation, page)
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

    /// Makes a webhook of a conversation.
    /// - What the provider cannot honour is refused with 422 and its pointer; static limits are checked before
    ///   the call, those that depend on what there is are the provider's to check.
    fn create_conversation_webhook(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        change: &WebhookChange,
    ) -> Result<Exchange<Webhook>> {
        let _ = (account, conversation, change);
        Err(self.unsupported(Operation::CreateConversationWebhook))
    }

    /// Changes a webhook of a conversation, which now is `current`.
    /// - What the change does not mention stays as it is.
    /// - A change that asks for what there is already may still be sent.
    fn update_conversation_webhook(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        current: &Webhook,
        change: &WebhookChange,
    ) -> Result<Exchange<Webhook>> {
        let _ = (account, conversation, current, change);
        Err(self.unsupported(Operation::UpdateConversationWebhook))
    }

    /// Deletes a webhook of a conversation.
    fn delete_conversation_webhook(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        webhook: &NativeId,
    ) -> Result<Exchange<()>> {
        let _ = (account, conversation, webhook);
        Err(self.unsupported(Operation::DeleteConversationWebhook))
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

    /// Has a delivery sent again, and answers it with the new attempt.
    /// - With `rebuild` the payload is made anew from the conversation's state, else it is sent as it was.
    /// - A delivery that is not there any more is `not_found`, and nothing is sent.
    fn redeliver_webhook_delivery(
        &self,
        account: &Arc<Account>,
        conversation: &NativeId,
        delivery: &NativeId,
        rebuild: bool,
    ) -> Result<Exchange<WebhookDelivery>> {
        let _ = (account, conversation, delivery, rebuild);
        Err(self.unsupported(Operation::RedeliverWebhookDelivery))
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

    /// The webhook of a number.
    /// - A number without one is `not_found`.
    fn get_number_webhook(&self, account: &Arc<Account>, number: &NativeId) -> Result<Exchange<Webhook>> {
        let _ = (account, number);
        Err(self.unsupported(Operation::GetNumberWebhook))
    }

    /// Makes the webhook of a number what `change` says, and answers what there is then.
    /// - Absent and null mean the provider's default.
    /// - All else that is configured for the number stays, also where the provider replaces it as a whole.
    fn replace_number_webhook(
        &self,
        account: &Arc<Account>,
        number: &NativeId,
        change: &WebhookChange,
    ) -> Result<Exchange<Webhook>> {
        let _ = (account, number, change);
        Err(self.unsupported(Operation::ReplaceNumberWebhook))
    }

    /// Ends calls to the webhook of a number. The number itself stays.
    fn delete_number_webhook(&self, account: &Arc<Account>, number: &NativeId) -> Result<Exchange<()>> {
        let _ = (account, number);
        Err(self.unsupported(Operation::DeleteNumberWebhook))
    }

    /// The callbacks of an account or a service, the one before actions first.
    /// - Both are there always; one without a URL is not `enabled`.
    fn list_scope_webhooks(
        &self,
        account: &Arc<Account>,
        scope: &AccountScope,
        page: &PageRequest,
    ) -> Result<Exchange<Page<Webhook>>> {
        let _ = (account, page);
        Err(self.unsupported(match scope {
            AccountScope::Account => Operation::ListAccountWebhooks,
            AccountScope::Service(_) => Operation::ListServiceWebhooks,
        }))
    }

    /// One of the two.
    fn get_scope_webhook(
        &self,
        account: &Arc<Account>,
        scope: &AccountScope,
        phase: Phase,
    ) -> Result<Exchange<Webhook>> {
        let _ = (account, phase);
        Err(self.unsupported(match scope {
            AccountScope::Account => Operation::GetAccountWebhook,
            AccountScope::Service(_) => Operation::GetServiceWebhook,
        }))
    }

    /// Changes one of the two, which now is `current`.
    /// - What the two share at the provider changes for both; where that would alter the other one, it is
    ///   refused with `conflict` unless `linked`.
    fn update_scope_webhook(
        &self,
        account: &Arc<Account>,
        scope: &AccountScope,
        current: &Webhook,
        change: &WebhookChange,
        linked: bool,
    ) -> Result<Exchange<Webhook>> {
        let _ = (account, current, change, linked);
        Err(self.unsupported(match scope {
            AccountScope::Account => Operation::UpdateAccountWebhook,
            AccountScope::Service(_) => Operation::UpdateServiceWebhook,
        }))
    }

    /// The part of an id that is the same in all spellings of the thing, for locks and invalidation.
    fn subject<'i>(&self, id: &'i NativeId) -> &'i str {
        id.as_str()
    }

    /// An error of the gateway's own on the pass-through face, as JSON in the form in which this provider tells of
    /// its errors, so that its libraries raise what they always raise.
    fn render_error(&self, status: u16, error: &Error) -> Bytes;

    /// Whether this account's answers on the pass-through face have links that must lead back to it.
    fn rewrites_links(&self, account: &Account) -> bool {
        let _ = account;
        false
    }

    /// A body of 2xx whose links lead to `face`, the pass-through face of this account; `None` if none had to
    /// change.
    /// - A link is rewritten if it leads to the provider, however the account reaches it.
    /// - A link that clients follow with their credential is taken out if it leads anywhere else.
    /// - Every other byte stays.
    /// - It fails with `provider_protocol_error` if the body is not JSON that all readers read alike.
    fn rewrite_links(&self, account: &Account, face: &str, body: &Bytes) -> Result<Option<Bytes>> {
        let _ = (account, face, body);
        Ok(None)
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

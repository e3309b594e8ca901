//! The account's state: services, their conversations, and the webhooks scoped to each.

use serde::Deserialize;

use super::demo;
use super::error::Error;
use super::record::{Conversation, Service, Webhook};
use super::scope::Scope;

const DOCUMENTED_SERVICE: &str = include_str!("../../fixtures/twilio/documented_service.json");
const DOCUMENTED_CONVERSATION: &str = include_str!("../../fixtures/twilio/documented_conversation.json");
const DOCUMENTED_WEBHOOKS: &str = include_str!("../../fixtures/twilio/documented_webhooks.json");
const DOCUMENTED_WEBHOOK: &str = include_str!("../../fixtures/twilio/documented_service_webhook.json");

/// The services; conversations of the default one have a short path as well.
pub(super) struct Data {
    default_service: Service,
    other_services: Vec<Service>,
}

impl Data {
    /// The documented examples together with the made-up set.
    pub(super) fn load() -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Page {
            webhooks: Vec<Webhook>,
        }
        let conversation: Conversation = serde_json::from_str(DOCUMENTED_CONVERSATION)?;
        let page: Page = serde_json::from_str(DOCUMENTED_WEBHOOKS)?;
        let mut default_service = demo::default_service();
        // The short path has an example of its own, with other webhooks.
        let first = Conversation {
            chat_service_sid: default_service.sid.clone(),
            webhooks: page.webhooks,
            ..conversation.clone()
        };
        default_service.conversations.insert(0, first);
        let mut documented: Service = serde_json::from_str(DOCUMENTED_SERVICE)?;
        documented.conversations.push(Conversation {
            webhooks: vec![serde_json::from_str(DOCUMENTED_WEBHOOK)?],
            ..conversation
        });
        Ok(Self {
            default_service,
            other_services: vec![documented, demo::empty_service()],
        })
    }

    /// All services.
    pub(super) fn services(&self) -> Vec<&Service> {
        std::iter::once(&self.default_service)
            .chain(&self.other_services)
            .collect()
    }

    /// One service.
    pub(super) fn service(&self, sid: &str) -> Result<&Service, Error> {
        let mut services = self.services().into_iter();
        services
            .find(|service| service.sid == sid)
            .ok_or_else(Error::no_such_resource)
    }

    /// The conversations of a scope, in order of creation.
    pub(super) fn conversations(&self, scope: Scope<'_>) -> Result<&[Conversation], Error> {
        let service = match scope.service() {
            Some(sid) => self.service(sid)?,
            None => &self.default_service,
        };
        Ok(&service.conversations)
    }

    /// One conversation, by its SID or its unique name.
    pub(super) fn conversation(&self, scope: Scope<'_>, name: &str) -> Result<&Conversation, Error> {
        let is_meant = |conversation: &&Conversation| {
            conversation.sid == name || conversation.unique_name.as_deref() == Some(name)
        };
        let mut conversations = self.conversations(scope)?.iter();
        conversations
            .find(is_meant)
            .ok_or_else(Error::conversation_not_found)
    }
}

//! The account's state: services, their conversations, the webhooks scoped to each, and the configuration.

use jiff::Timestamp;
use serde::Deserialize;

use super::demo;
use super::error::Error;
use super::reason::Reason;
use super::record::{Address, Conversation, Service, Webhook, WebhookSettings};
use super::scope::Scope;
use super::sid::sid;

const DOCUMENTED_SERVICE: &str = include_str!("../../fixtures/twilio/documented_service.json");
const DOCUMENTED_CONVERSATION: &str = include_str!("../../fixtures/twilio/documented_conversation.json");
const DOCUMENTED_WEBHOOKS: &str = include_str!("../../fixtures/twilio/documented_webhooks.json");
const DOCUMENTED_WEBHOOK: &str = include_str!("../../fixtures/twilio/documented_service_webhook.json");
const DOCUMENTED_ADDRESSES: &str = include_str!("../../fixtures/twilio/documented_addresses.json");
/// Beyond the numbers of all made-up SIDs.
const FIRST_NEW_SID: u64 = 1 << 32;

/// The services; conversations of the default one have a short path as well.
#[derive(Clone)]
pub(super) struct Data {
    default_service: Service,
    other_services: Vec<Service>,
    pub(super) webhook_settings: WebhookSettings,
    /// In order of creation.
    pub(super) addresses: Vec<Address>,
    sids: u64,
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
        documented.webhook_settings = demo::of_documented_service();
        let addresses: Vec<Address> = serde_json::from_str(DOCUMENTED_ADDRESSES)?;
        Ok(Self {
            default_service,
            other_services: vec![documented, demo::empty_service()],
            webhook_settings: demo::account_settings(),
            addresses: addresses.into_iter().chain(demo::addresses()).collect(),
            sids: FIRST_NEW_SID,
        })
    }

    /// A SID that nothing has; one that is not used is never used.
    pub(super) fn next_sid(&mut self, prefix: &str) -> String {
        self.sids += 1;
        sid(prefix, self.sids)
    }

    /// The account that everything here belongs to, but for the documented examples.
    pub(super) fn account_sid(&self) -> &str {
        &self.default_service.account_sid
    }

    /// The service that short paths mean.
    pub(super) fn default_service_sid(&self) -> &str {
        &self.default_service.sid
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
            .ok_or_else(|| Reason::NoSuchResource.into())
    }

    /// One service, to change it.
    pub(super) fn service_mut(&mut self, sid: &str) -> Result<&mut Service, Error> {
        let mut services = std::iter::once(&mut self.default_service).chain(&mut self.other_services);
        services
            .find(|service| service.sid == sid)
            .ok_or_else(|| Reason::NoSuchResource.into())
    }

    /// The service of a scope, to change it.
    pub(super) fn service_of(&mut self, scope: Scope<'_>) -> Result<&mut Service, Error> {
        match scope.service() {
            Some(sid) => self.service_mut(sid),
            None => Ok(&mut self.default_service),
        }
    }

    /// Adds a service without conversations.
    pub(super) fn add_service(&mut self, name: Option<String>, now: &str) -> &Service {
        let service = Service {
            sid: self.next_sid("IS"),
            account_sid: self.account_sid().to_owned(),
            friendly_name: name,
            date_created: now.to_owned(),
            date_updated: now.to_owned(),
            conversations: Vec::new(),
            webhook_settings: WebhookSettings::default(),
        };
        self.other_services.push(service);
        self.other_services.last().unwrap_or(&self.default_service)
    }

    /// Removes a service with all that is in it, but not the one that short paths lead to.
    pub(super) fn delete_service(&mut self, sid: &str) -> Result<(), Error> {
        if sid == self.default_service.sid {
            return Err(Reason::Conflict.into());
        }
        let index = self.other_services.iter().position(|service| service.sid == sid);
        self.other_services.remove(index.ok_or(Reason::NoSuchResource)?);
        Ok(())
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
        let mut conversations = self.conversations(scope)?.iter();
        conversations
            .find(|conversation| conversation.is_called(name))
            .ok_or_else(|| Reason::ConversationNotFound.into())
    }

    /// One conversation, to change it, which its closing has ended.
    pub(super) fn open_conversation(
        &mut self,
        scope: Scope<'_>,
        name: &str,
    ) -> Result<&mut Conversation, Error> {
        let mut conversations = self.service_of(scope)?.conversations.iter_mut();
        let found = conversations.find(|conversation| conversation.is_called(name));
        match found.ok_or(Reason::ConversationNotFound)? {
            closed if closed.is_closed() => Err(Reason::ConversationClosed.into()),
            open => Ok(open),
        }
    }
}

/// A date as every resource has it: to the second.
pub(super) fn date(instant: Timestamp) -> String {
    format!("{instant:.0}")
}

//! The account's state: services, their conversations, and the webhooks scoped to each.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::demo;
use super::error::Error;
use super::record::{Conversations, Webhook};

/// The service whose conversations can also be reached by the short path.
pub(super) const DEFAULT_SERVICE: &str = "IS00000000000000000000000000000001";
const DOCUMENTED_SERVICE: &str = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const DOCUMENTED_CONVERSATION: &str = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const DOCUMENTED_LIST: &str = include_str!("../../fixtures/twilio/documented_webhooks.json");
const DOCUMENTED_RECORD: &str = include_str!("../../fixtures/twilio/documented_service_webhook.json");

/// Services by SID.
pub(super) struct Data {
    services: BTreeMap<String, Conversations>,
}

/// A conversation, as a path names it.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// Present on the long path only.
    pub(super) service: Option<&'a str>,
    /// The conversation's SID.
    pub(super) conversation: &'a str,
}

impl Data {
    /// The documented examples together with the made-up set.
    pub(super) fn load() -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Page {
            webhooks: Vec<Webhook>,
        }
        let page: Page = serde_json::from_str(DOCUMENTED_LIST)?;
        let record = serde_json::from_str(DOCUMENTED_RECORD)?;
        let documented = DOCUMENTED_CONVERSATION.to_owned();
        let mut default_service = demo::conversations();
        default_service.insert(documented.clone(), page.webhooks);
        let other_service = Conversations::from([(documented, vec![record])]);
        let services = [
            (DEFAULT_SERVICE, default_service),
            (DOCUMENTED_SERVICE, other_service),
        ];
        Ok(Self {
            services: services.map(|(sid, held)| (sid.to_owned(), held)).into(),
        })
    }

    /// The webhooks of a conversation.
    pub(super) fn webhooks(&self, scope: Scope<'_>) -> Result<&[Webhook], Error> {
        let service = scope.service.unwrap_or(DEFAULT_SERVICE);
        let conversations = self.services.get(service).ok_or_else(Error::no_such_resource)?;
        let webhooks = conversations
            .get(scope.conversation)
            .ok_or_else(Error::conversation_not_found)?;
        Ok(webhooks)
    }
}

impl<'a> Scope<'a> {
    /// A conversation of the default service.
    pub(super) fn short(conversation: &'a str) -> Self {
        Self {
            service: None,
            conversation,
        }
    }

    /// A conversation of any service.
    pub(super) fn long(service: &'a str, conversation: &'a str) -> Self {
        Self {
            service: Some(service),
            conversation,
        }
    }

    /// The path of its webhooks.
    pub(super) fn path(self) -> String {
        let service = self
            .service
            .map(|service| format!("/Services/{service}"))
            .unwrap_or_default();
        format!("/v1{service}/Conversations/{}/Webhooks", self.conversation)
    }
}

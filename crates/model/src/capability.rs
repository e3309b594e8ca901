//! What a provider can do, as data: declared once, enforced by one gate, shown to clients.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::profile::OptionValue;

/// An operation of the neutral API that reaches a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Operation {
    ListServices,
    GetService,
    ListConversations,
    GetConversation,
    ListConversationWebhooks,
    GetConversationWebhook,
    CreateConversationWebhook,
    UpdateConversationWebhook,
    DeleteConversationWebhook,
    ListWebhookDeliveries,
    GetWebhookDelivery,
    RedeliverWebhookDelivery,
    ListNumbers,
    GetNumber,
    GetNumberWebhook,
    ReplaceNumberWebhook,
    DeleteNumberWebhook,
    ListAccountWebhooks,
    GetAccountWebhook,
    UpdateAccountWebhook,
    ListServiceWebhooks,
    GetServiceWebhook,
    UpdateServiceWebhook,
}

impl Operation {
    /// Every operation, grouped by resource.
    pub const ALL: [Self; 23] = [
        Self::ListServices,
        Self::GetService,
        Self::ListConversations,
        Self::GetConversation,
        Self::ListConversationWebhooks,
        Self::GetConversationWebhook,
        Self::CreateConversationWebhook,
        Self::UpdateConversationWebhook,
        Self::DeleteConversationWebhook,
        Self::ListWebhookDeliveries,
        Self::GetWebhookDelivery,
        Self::RedeliverWebhookDelivery,
        Self::ListNumbers,
        Self::GetNumber,
        Self::GetNumberWebhook,
        Self::ReplaceNumberWebhook,
        Self::DeleteNumberWebhook,
        Self::ListAccountWebhooks,
        Self::GetAccountWebhook,
        Self::UpdateAccountWebhook,
        Self::ListServiceWebhooks,
        Self::GetServiceWebhook,
        Self::UpdateServiceWebhook,
    ];

    /// The resource it belongs to, as capabilities name it.
    pub const fn resource(self) -> &'static str {
        self.words().0
    }

    /// What it does to the resource, as capabilities name it.
    pub const fn verb(self) -> &'static str {
        self.words().1
    }

    /// Its name in metrics, logs and the API's description.
    pub const fn name(self) -> &'static str {
        self.words().2
    }

    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::ListServices => ("services", "list", "list_services"),
            Self::GetService => ("services", "get", "get_service"),
            Self::ListConversations => ("conversations", "list", "list_conversations"),
            Self::GetConversation => ("conversations", "get", "get_conversation"),
            Self::ListConversationWebhooks => ("conversation_webhooks", "list", "list_conversation_webhooks"),
            Self::GetConversationWebhook => ("conversation_webhooks", "get", "get_conversation_webhook"),
            Self::CreateConversationWebhook => {
                ("conversation_webhooks", "create", "create_conversation_webhook")
            }
            Self::UpdateConversationWebhook => {
                ("conversation_webhooks", "update", "update_conversation_webhook")
            }
            Self::DeleteConversationWebhook => {
                ("conversation_webhooks", "delete", "delete_conversation_webhook")
            }
            Self::ListWebhookDeliveries => ("webhook_deliveries", "list", "list_webhook_deliveries"),
            Self::GetWebhookDelivery => ("webhook_deliveries", "get", "get_webhook_delivery"),
            Self::RedeliverWebhookDelivery => {
                ("webhook_deliveries", "redeliver", "redeliver_webhook_delivery")
            }
            Self::ListNumbers => ("numbers", "list", "list_numbers"),
            Self::GetNumber => ("numbers", "get", "get_number"),
            Self::GetNumberWebhook => ("number_webhooks", "get", "get_number_webhook"),
            Self::ReplaceNumberWebhook => ("number_webhooks", "replace", "replace_number_webhook"),
            Self::DeleteNumberWebhook => ("number_webhooks", "delete", "delete_number_webhook"),
            Self::ListAccountWebhooks => ("account_webhooks", "list", "list_account_webhooks"),
            Self::GetAccountWebhook => ("account_webhooks", "get", "get_account_webhook"),
            Self::UpdateAccountWebhook => ("account_webhooks", "update", "update_account_webhook"),
            Self::ListServiceWebhooks => ("service_webhooks", "list", "list_service_webhooks"),
            Self::GetServiceWebhook => ("service_webhooks", "get", "get_service_webhook"),
            Self::UpdateServiceWebhook => ("service_webhooks", "update", "update_service_webhook"),
        }
    }
}

/// How a provider supports an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// One call of the provider's own.
    Native,
    /// Composed by the gateway from other calls.
    Emulated,
    /// There, but off until the named configuration key turns it on.
    Disabled {
        /// The key inside the connection's table.
        key: &'static str,
    },
    /// Not there.
    Unsupported,
}

impl Support {
    /// The word that clients see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Emulated => "emulated",
            Self::Disabled { .. } => "disabled",
            Self::Unsupported => "unsupported",
        }
    }
}

/// The supported operations of a provider; what is not listed is unsupported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities(pub &'static [(Operation, Support)]);

impl Capabilities {
    /// How the operation is supported, with these values of the provider's own keys.
    pub fn of(&self, operation: Operation, options: &BTreeMap<&'static str, OptionValue>) -> Support {
        let declared = self.0.iter().find(|(known, _)| *known == operation);
        match declared.map_or(Support::Unsupported, |(_, support)| *support) {
            Support::Disabled { key } if options.get(key) == Some(&OptionValue::Flag(true)) => {
                Support::Native
            }
            support => support,
        }
    }

    /// The same for every operation.
    pub fn with(&self, options: &BTreeMap<&'static str, OptionValue>) -> Abilities {
        Abilities(Operation::ALL.map(|operation| (operation, self.of(operation, options))))
    }
}

/// How a connection supports each operation: `{resource: {verb: support}}`.
#[derive(Debug, Clone, Copy)]
pub struct Abilities([(Operation, Support); Operation::ALL.len()]);

impl Serialize for Abilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for group in self.0.chunk_by(|a, b| a.0.resource() == b.0.resource()) {
            if let [(first, _), ..] = group {
                map.serialize_entry(first.resource(), &Verbs(group))?;
            }
        }
        map.end()
    }
}

struct Verbs<'a>(&'a [(Operation, Support)]);

impl Serialize for Verbs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(op, support)| (op.verb(), support.as_str())))
    }
}

//! What a provider can do, as data: declared once, enforced by one gate, shown to clients.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// An operation of the neutral API that reaches a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// Services.
    ListServices,
    /// Conversations.
    ListConversations,
    /// One conversation.
    GetConversation,
    /// Webhooks of a conversation.
    ListConversationWebhooks,
    /// One webhook of a conversation.
    GetConversationWebhook,
    /// What was sent for a conversation.
    ListWebhookDeliveries,
    /// One of them.
    GetWebhookDelivery,
    /// Numbers.
    ListNumbers,
    /// One number.
    GetNumber,
}

impl Operation {
    /// Every operation, grouped by resource.
    pub const ALL: [Self; 9] = [
        Self::ListServices,
        Self::ListConversations,
        Self::GetConversation,
        Self::ListConversationWebhooks,
        Self::GetConversationWebhook,
        Self::ListWebhookDeliveries,
        Self::GetWebhookDelivery,
        Self::ListNumbers,
        Self::GetNumber,
    ];

    /// The resource it belongs to, as capabilities name it.
    pub const fn resource(self) -> &'static str {
        match self {
            Self::ListServices => "services",
            Self::ListConversations | Self::GetConversation => "conversations",
            Self::ListConversationWebhooks | Self::GetConversationWebhook => "conversation_webhooks",
            Self::ListWebhookDeliveries | Self::GetWebhookDelivery => "webhook_deliveries",
            Self::ListNumbers | Self::GetNumber => "numbers",
        }
    }

    /// What it does to the resource, as capabilities name it.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::ListServices
            | Self::ListConversations
            | Self::ListConversationWebhooks
            | Self::ListWebhookDeliveries
            | Self::ListNumbers => "list",
            Self::GetConversation
            | Self::GetConversationWebhook
            | Self::GetWebhookDelivery
            | Self::GetNumber => "get",
        }
    }

    /// Its name in metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ListServices => "list_services",
            Self::ListConversations => "list_conversations",
            Self::GetConversation => "get_conversation",
            Self::ListConversationWebhooks => "list_conversation_webhooks",
            Self::GetConversationWebhook => "get_conversation_webhook",
            Self::ListWebhookDeliveries => "list_webhook_deliveries",
            Self::GetWebhookDelivery => "get_webhook_delivery",
            Self::ListNumbers => "list_numbers",
            Self::GetNumber => "get_number",
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
    /// How the operation is supported.
    pub fn of(&self, operation: Operation) -> Support {
        self.0
            .iter()
            .find(|(known, _)| *known == operation)
            .map_or(Support::Unsupported, |(_, support)| *support)
    }
}

/// `{resource: {verb: support}}`, every operation present.
impl Serialize for Capabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for group in Operation::ALL.chunk_by(|a, b| a.resource() == b.resource()) {
            if let [first, ..] = group {
                map.serialize_entry(
                    first.resource(),
                    &Verbs {
                        capabilities: *self,
                        group,
                    },
                )?;
            }
        }
        map.end()
    }
}

struct Verbs<'a> {
    capabilities: Capabilities,
    group: &'a [Operation],
}

impl Serialize for Verbs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.group
                .iter()
                .map(|op| (op.verb(), self.capabilities.of(*op).as_str())),
        )
    }
}

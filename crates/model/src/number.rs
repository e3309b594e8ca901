//! Number: an address on a channel that conversations are held through.

use schemars::JsonSchema;
use serde::Serialize;

use crate::extra::Extra;
use crate::id::ConnectionName;
use crate::json::{Raw, Verbatim};
use crate::schema::words;
use crate::time::Timestamp;
use crate::view::{Redactions, Resource};
use crate::webhook::Webhook;
use crate::word::Word;

/// An address on a channel.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[expect(
    clippy::struct_field_names,
    reason = "`phone_number` is the name of the field in the API"
)]
pub struct Number {
    /// `<connection>:<channel>:<address>`.
    pub id: String,
    /// Its canonical path.
    #[serde(rename = "self")]
    pub path: String,
    /// The connection's name.
    pub connection: ConnectionName,
    /// The provider's name.
    pub provider: &'static str,
    /// The channel.
    #[schemars(extend("examples" = words::CHANNELS))]
    pub channel: Word,
    /// The address in the provider's form.
    pub address: Option<String>,
    /// The address where it is E.164.
    pub phone_number: Option<String>,
    /// A name for people.
    pub label: Option<String>,
    /// Its callback.
    pub webhook: Option<Webhook>,
    /// What answers on it; null without scope `sensitive`.
    pub agent: Option<Agent>,
    /// The messaging service that carries it.
    pub messaging_service_id: Option<String>,
    /// Conversations held through it.
    pub conversation_count: Option<i64>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// What the neutral fields do not say; null without scope `sensitive`.
    pub extra: Option<Extra>,
    /// The provider's own JSON, on request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<Raw>,
}

/// What answers on a number.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Agent {
    /// Its instructions.
    pub objective: Option<String>,
    /// The scripted way that it follows.
    pub pathway: Pathway,
    /// Its sampling temperature.
    pub temperature: Option<Verbatim>,
    /// What it can use.
    pub tools: Option<Verbatim>,
    /// What its pathway can refer to.
    pub request_data: Option<Verbatim>,
    /// How long it waits for an answer; null is for ever.
    pub timeout_ms: Option<i64>,
}

/// A scripted way through a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Pathway {
    /// Which one.
    pub id: Option<String>,
    /// Which version of it.
    pub version: Option<String>,
    /// Where it begins.
    pub start_node_id: Option<String>,
}

impl Resource for Number {
    fn redact(&mut self, left_out: &mut Redactions) {
        if self.agent.take().is_some() {
            left_out.add("agent");
        }
        if self.extra.take().is_some() {
            left_out.add("extra");
        }
        if let Some(webhook) = &mut self.webhook {
            left_out.below("webhook", |left_out| webhook.redact(left_out));
        }
    }

    fn take_raw(&mut self) {
        self.raw = None;
    }
}

//! `WebhookDelivery`: what was sent to a callback for a conversation.

use schemars::JsonSchema;
use serde::Serialize;

use crate::extra::Extra;
use crate::id::ConnectionName;
use crate::json::{Raw, Verbatim};
use crate::schema::words;
use crate::time::Timestamp;
use crate::view::{Redactions, Resource, redact_url};
use crate::word::Word;

/// What was sent to a callback.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct WebhookDelivery {
    /// Unique in its conversation, and the same at every read.
    pub id: String,
    /// Its canonical path.
    #[serde(rename = "self")]
    pub path: String,
    /// The connection's name.
    pub connection: ConnectionName,
    /// The provider's name.
    pub provider: &'static str,
    /// The conversation's global id.
    pub conversation_id: String,
    /// What happened.
    #[schemars(extend("examples" = words::EVENTS))]
    pub event: Option<Word>,
    /// The URL that was called.
    pub url: Option<String>,
    /// What became of it.
    pub status: DeliveryStatus,
    /// What was sent, verbatim; null without scope `sensitive`.
    pub payload: Option<Verbatim>,
    /// In the provider's order.
    pub attempts: Vec<Attempt>,
    /// Who saw it.
    pub observed_by: ObservedBy,
    /// How much of the truth the record holds.
    pub completeness: Completeness,
    /// When the record was made.
    pub created_at: Option<Timestamp>,
    /// What the neutral fields do not say; null without scope `sensitive`.
    pub extra: Option<Extra>,
    /// The provider's own JSON, on request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<Raw>,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// An attempt got a 2xx.
    Delivered,
    /// No attempt got a 2xx.
    Failed,
    /// There was no attempt yet.
    Pending,
}

/// One attempt to deliver.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Attempt {
    /// Its position, from 1.
    #[schemars(range(min = 1))]
    pub number: usize,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// What the receiver answered, 100 to 599.
    #[schemars(range(min = 100, max = 599))]
    pub status_code: Option<u16>,
    /// How long that took.
    pub duration_ms: Option<i64>,
    /// Why it was made.
    #[schemars(extend("examples" = words::KINDS))]
    pub kind: Option<Word>,
    /// How it ended.
    pub outcome: Outcome,
    /// The provider's words about a failure.
    pub error: Option<String>,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 2xx.
    Success,
    /// Any other status.
    HttpError,
    /// No status.
    NetworkError,
    /// No status in time.
    Timeout,
}

/// Who saw a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObservedBy {
    /// The provider's own record.
    Provider,
    /// The gateway stood in its way.
    Gateway,
}

/// How much of the truth a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Completeness {
    /// Every attempt.
    Full,
    /// Failures alone.
    FailuresOnly,
    /// What arrived.
    ReceivedOnly,
}

impl Resource for WebhookDelivery {
    fn redact(&mut self, left_out: &mut Redactions) {
        if self.payload.take().is_some() {
            left_out.add("payload");
        }
        if self.extra.take().is_some() {
            left_out.add("extra");
        }
        if self.url.as_mut().is_some_and(redact_url) {
            left_out.add("url");
        }
    }

    fn take_raw(&mut self) {
        self.raw = None;
    }
}

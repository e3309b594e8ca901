//! Conversation: an exchange of messages between a person and whoever answers for us.

use schemars::JsonSchema;
use serde::Serialize;

use crate::extra::Extra;
use crate::id::{ConnectionName, NativeId};
use crate::json::{Raw, Verbatim};
use crate::schema::words;
use crate::time::Timestamp;
use crate::view::{Redactions, Resource};
use crate::word::Word;

/// A conversation.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Conversation {
    /// `<connection>:<native id>`, with the service before the native id where there is one.
    pub id: String,
    /// Its canonical path.
    #[serde(rename = "self")]
    pub path: String,
    /// The connection's name.
    pub connection: ConnectionName,
    /// The provider's name.
    pub provider: &'static str,
    /// The provider's own id.
    pub native_id: Option<String>,
    /// The global id of the service that it belongs to.
    pub service_id: Option<String>,
    /// A name for people.
    pub name: Option<String>,
    /// Whether it goes on: `pending`, `active`, `inactive`, `closed`.
    #[schemars(extend("examples" = words::STATUSES))]
    pub status: Option<Word>,
    /// Why it is closed.
    pub closed_reason: Option<ClosedReason>,
    /// The channel that it is held on.
    #[schemars(extend("examples" = words::CHANNELS))]
    pub channel: Option<Word>,
    /// The other side's number.
    pub user_number: Option<String>,
    /// Our number.
    pub agent_number: Option<String>,
    /// Messages so far.
    pub message_count: Option<i64>,
    /// When the last one was sent.
    pub last_message_at: Option<Timestamp>,
    /// What applications keep with it.
    pub attributes: Option<Verbatim>,
    /// When it began.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// What the neutral fields do not say; null without scope `sensitive`.
    pub extra: Option<Extra>,
    /// The provider's own JSON, on request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<Raw>,
}

/// Why a conversation is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClosedReason {
    /// Somebody or something ended it.
    Ended,
    /// Nobody said anything for too long.
    TimedOut,
}

/// Which conversations are wanted. What a provider cannot filter by, its adapter refuses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ConversationFilter {
    /// Of one service.
    pub service: Option<NativeId>,
    /// A neutral status, or `<provider>:<native value>`.
    pub status: Option<String>,
    /// With this number on the other side.
    pub user_number: Option<String>,
    /// With this number on our side.
    pub agent_number: Option<String>,
    /// Begun at this time or later.
    pub created_after: Option<Timestamp>,
    /// Begun before this time.
    pub created_before: Option<Timestamp>,
}

impl Resource for Conversation {
    fn redact(&mut self, left_out: &mut Redactions) {
        if self.extra.take().is_some() {
            left_out.add("extra");
        }
    }

    fn take_raw(&mut self) {
        self.raw = None;
    }
}

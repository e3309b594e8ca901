//! The neutral words of open enums, as the description of the API shows them. Open: providers add their own.

use serde_json::{Value, json};

/// Names of events. Those with `before` in them ask for permission, the others tell.
pub(crate) const EVENTS: &[&str] = &[
    "*",
    "conversation.before_create",
    "conversation.created",
    "conversation.before_update",
    "conversation.updated",
    "conversation.before_delete",
    "conversation.deleted",
    "conversation.state_changed",
    "conversation.ended",
    "conversation.timed_out",
    "conversation.opted_out",
    "conversation.deactivated",
    "conversation.handoff_started",
    "conversation.handoff_ended",
    "message.before_create",
    "message.created",
    "message.before_update",
    "message.updated",
    "message.before_delete",
    "message.deleted",
    "message.read",
    "message.link_clicked",
    "message.status_updated",
    "message.keyword_matched",
    "participant.before_add",
    "participant.added",
    "participant.before_update",
    "participant.updated",
    "participant.before_remove",
    "participant.removed",
    "user.added",
    "user.before_update",
    "user.updated",
];
/// Whether a conversation goes on.
pub(crate) const STATUSES: &[&str] = &["pending", "active", "inactive", "closed"];
/// What conversations are held on.
pub const CHANNELS: &[&str] = &[
    "sms",
    "whatsapp",
    "rcs",
    "imessage",
    "messenger",
    "gbm",
    "email",
    "apple",
    "chat",
];
/// Why an attempt was made.
pub(crate) const KINDS: &[&str] = &["initial", "resend", "resend_rebuilt", "manual"];

/// Text that is often one of these words.
pub(crate) fn schema(words: &[&str]) -> Value {
    json!({ "type": "string", "examples": words })
}

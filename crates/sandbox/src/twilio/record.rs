//! What the account holds, record by record, each without what depends on the path that it is asked
//! for by.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A service with its conversations.
#[derive(Deserialize, Serialize)]
pub(super) struct Service {
    pub(super) sid: String,
    pub(super) account_sid: String,
    pub(super) friendly_name: Option<String>,
    pub(super) date_created: String,
    pub(super) date_updated: String,
    /// In order of creation.
    #[serde(skip)]
    pub(super) conversations: Vec<Conversation>,
}

/// A conversation with its webhooks.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Conversation {
    pub(super) sid: String,
    pub(super) account_sid: String,
    pub(super) chat_service_sid: String,
    pub(super) messaging_service_sid: Option<String>,
    pub(super) friendly_name: Option<String>,
    pub(super) unique_name: Option<String>,
    /// JSON in a string.
    pub(super) attributes: String,
    pub(super) state: String,
    pub(super) date_created: String,
    pub(super) date_updated: String,
    pub(super) timers: Value,
    pub(super) bindings: Value,
    /// In order of creation.
    #[serde(skip)]
    pub(super) webhooks: Vec<Webhook>,
}

/// A webhook.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Webhook {
    pub(super) sid: String,
    pub(super) account_sid: String,
    pub(super) conversation_sid: String,
    pub(super) target: String,
    pub(super) configuration: Value,
    pub(super) date_created: String,
    pub(super) date_updated: String,
}

//! What the account holds, record by record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Webhooks, in order of creation, by conversation SID.
pub(super) type Conversations = BTreeMap<String, Vec<Webhook>>;

/// A webhook without what depends on the path that it is asked for by.
#[derive(Deserialize, Serialize)]
pub(super) struct Webhook {
    pub(super) sid: String,
    pub(super) account_sid: String,
    pub(super) conversation_sid: String,
    pub(super) target: String,
    pub(super) configuration: Value,
    pub(super) date_created: String,
    pub(super) date_updated: String,
}

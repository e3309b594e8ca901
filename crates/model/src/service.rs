//! Service: what groups conversations at a provider.

use schemars::JsonSchema;
use serde::Serialize;

use crate::extra::Extra;
use crate::id::ConnectionName;
use crate::json::Raw;
use crate::time::Timestamp;
use crate::view::{Redactions, Resource};

/// A group of conversations with settings of its own.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Service {
    /// `<connection>:<native id>`.
    pub id: String,
    /// Its canonical path.
    #[serde(rename = "self")]
    pub path: String,
    /// The connection's name.
    pub connection: ConnectionName,
    /// The provider's name.
    pub provider: &'static str,
    /// A name for people.
    pub name: Option<String>,
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

impl Resource for Service {
    fn redact(&mut self, left_out: &mut Redactions) {
        if self.extra.take().is_some() {
            left_out.add("extra");
        }
    }

    fn take_raw(&mut self) {
        self.raw = None;
    }
}

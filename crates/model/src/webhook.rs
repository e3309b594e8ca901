//! Webhook: a configured callback.

use schemars::JsonSchema;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::extra::Extra;
use crate::id::ConnectionName;
use crate::json::Raw;
use crate::schema::words;
use crate::time::Timestamp;
use crate::view::{Redactions, Resource, redact_url};
use crate::word::Word;

/// A configured callback: where a provider sends which events.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Webhook {
    /// Unique in its parent.
    pub id: String,
    /// Its canonical path.
    #[serde(rename = "self")]
    pub path: String,
    /// The connection's name.
    pub connection: ConnectionName,
    /// The provider's name.
    pub provider: &'static str,
    /// What it is configured for.
    pub scope: Scope,
    /// How it is known.
    pub source: Source,
    /// It stands here because a wider scope has it.
    pub inherited: bool,
    /// A narrower configuration takes its place here.
    pub overridden: bool,
    /// Whether it is called before or after an action takes effect.
    pub phase: Phase,
    /// What is called.
    pub target: Target,
    /// Event names; `*` is all.
    #[schemars(extend("items" = words::schema(words::EVENTS)))]
    pub events: Vec<Word>,
    /// Words in a message that trigger it.
    pub keywords: Vec<String>,
    /// Whether it is called at all.
    pub enabled: bool,
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

/// What a webhook is configured for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Scope {
    /// The kind of thing.
    #[serde(rename = "type")]
    pub kind: ScopeType,
    /// Its global id; of an account, the connection's name.
    pub id: String,
}

/// The kind of thing that has a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ScopeType {
    Conversation,
    Number,
    Service,
    Account,
}

/// How a webhook is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "WebhookSource")]
pub enum Source {
    /// The provider's configuration says it.
    Configured,
    /// No configuration shows it, but deliveries do.
    Observed,
    /// It shapes conversations that are yet to begin.
    Template,
}

/// When a webhook is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before the action; the answer can change or stop it.
    Before,
    /// After the action.
    After,
}

impl Phase {
    /// Its name, which is also the id of the callback of an account or a service.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// What a webhook calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A URL.
    Http {
        /// The callback URL.
        url: Option<String>,
        /// Upper case.
        method: Option<String>,
    },
    /// A flow at the provider.
    Flow {
        /// Its id.
        flow_id: Option<String>,
    },
    /// Something without a neutral word.
    Other(Word),
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Http { url, method } => {
                map.serialize_entry("type", "http")?;
                map.serialize_entry("url", url)?;
                map.serialize_entry("method", method)?;
            }
            Self::Flow { flow_id } => {
                map.serialize_entry("type", "flow")?;
                map.serialize_entry("flow_id", flow_id)?;
            }
            Self::Other(word) => map.serialize_entry("type", word)?,
        }
        map.end()
    }
}

impl Resource for Webhook {
    fn redact(&mut self, left_out: &mut Redactions) {
        if self.extra.take().is_some() {
            left_out.add("extra");
        }
        if let Target::Http { url: Some(url), .. } = &mut self.target
            && redact_url(url)
        {
            left_out.add("target.url");
        }
    }

    fn take_raw(&mut self) {
        self.raw = None;
    }
}

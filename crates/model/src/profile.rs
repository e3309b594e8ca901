//! What is always true of a provider, and what is configured for one account there.

use std::collections::BTreeMap;

use crate::capability::{Capabilities, Operation, Support};
use crate::id::{ConnectionName, NativeId};
use crate::upstream::AuthScheme;

/// What is always true of a provider. Data, not code.
#[derive(Debug)]
pub struct Profile {
    /// Its name in configuration, ids and answers.
    pub provider: &'static str,
    /// The API that the adapter speaks, `conversations-v1`.
    pub api: &'static str,
    /// Where that API lives, without a trailing slash.
    pub base_url: &'static str,
    /// How it wants to see our credential.
    pub auth: AuthScheme,
    /// Its 429 means that the request was not processed, so that even a write may be sent again.
    pub throttled_is_unsent: bool,
    /// The answer's header with its own request id.
    pub request_id_header: Option<&'static str>,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Neutral fields that it can never fill: `(resource, fields)`.
    pub unsupported_fields: &'static [(&'static str, &'static [&'static str])],
    /// The forms of its ids, as patterns of JSON Schema without anchors. What it has no such thing of, it has none for.
    pub ids: &'static [(IdOf, &'static str)],
    /// Keys of its own in a connection's table.
    pub options: &'static [(&'static str, OptionKind)],
}

/// What an id is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum IdOf {
    Conversation,
    Service,
    Number,
    Webhook,
    Delivery,
    Flow,
}

/// The form and the default of a provider's own configuration key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionKind {
    /// `true` or `false`.
    Flag(bool),
    /// One of these words; the first is the default.
    Word(&'static [&'static str]),
}

/// A configured value of such a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionValue {
    /// A flag.
    Flag(bool),
    /// A word of the list.
    Word(&'static str),
}

/// A configured account at a provider, as its adapter sees it. It holds no credential.
#[derive(Debug)]
pub struct Account {
    /// The connection's name.
    pub connection: ConnectionName,
    /// The base URL in use, without a trailing slash.
    pub base_url: String,
    /// The provider's own keys, every one of them.
    pub options: BTreeMap<&'static str, OptionValue>,
}

/// What has one callback before and one after actions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AccountScope {
    /// The whole account.
    Account,
    /// One service of it.
    Service(NativeId),
}

impl Account {
    /// How the operation is supported for this account.
    pub fn support(&self, profile: &Profile, operation: Operation) -> Support {
        profile.capabilities.of(operation, &self.options)
    }
}

//! Bland's own types, borrowed from an answer.

mod conversation;
mod log;
mod number;

use model::{Drift, DriftKind, Fields, Node};

pub(super) use self::conversation::{Conversation, Conversations};
pub(super) use self::log::{Attempt, Log};
pub(super) use self::number::{Config, Number};

/// What findings of drift call a conversation.
pub(super) const CONVERSATION: &str = "conversation";
/// What findings of drift call a log.
pub(super) const DELIVERY: &str = "webhook_delivery";
/// What findings of drift call a number.
pub(super) const NUMBER: &str = "number";

/// What surrounds every answer. Its errors are read before.
pub(super) struct Envelope<'n, 'a> {
    /// `None` where it is null or absent.
    pub(super) data: Option<&'n Node<'a>>,
}

impl<'n, 'a> Envelope<'n, 'a> {
    pub(super) fn read(node: &'n Node<'a>, drift: &mut Drift) -> Self {
        let mut fields = Fields::open(node, drift);
        let data = fields.required("data", drift);
        fields.required("errors", drift);
        fields.finish(drift);
        Self { data }
    }
}

/// Reads what surrounds the answer to a write: an envelope like the above, or a word instead of it.
pub(super) fn taken(node: &Node<'_>, drift: &mut Drift) {
    if node.member("status").is_none() {
        Envelope::read(node, drift);
        return;
    }
    let mut fields = Fields::open(node, drift);
    let status = fields.text("status", drift);
    if status.is_some_and(|status| status != "success") {
        drift.note("status", DriftKind::UnknownEnum);
    }
    fields.optional("data");
    fields.optional("errors");
    fields.finish(drift);
}

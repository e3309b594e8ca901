//! What was sent for a conversation.

use model::{Drift, Fields, Node, Timestamp, list, typed};

/// What was sent for a conversation.
pub(crate) struct Log<'n, 'a> {
    pub(crate) conversation_id: Option<&'n str>,
    pub(crate) url: Option<&'n str>,
    /// Any keys.
    pub(crate) payload: Option<&'n Node<'a>>,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) metadata: Vec<Attempt<'n, 'a>>,
}

impl<'n, 'a> Log<'n, 'a> {
    pub(crate) fn read(node: &'n Node<'a>, drift: &mut Drift) -> Self {
        let mut fields = Fields::open(node, drift);
        // Has no neutral home: the organisation's id, whatever its name says.
        fields.text("user_id", drift);
        // Nor have these, which are there after a resend alone.
        fields.optional("sent_payload");
        fields.optional("rebuilt");
        let metadata = fields.required("metadata", drift);
        let metadata = typed(metadata, "metadata", drift, list).unwrap_or_default();
        let log = Self {
            conversation_id: fields.text("conversation_id", drift),
            url: fields.text("url", drift),
            payload: fields.required("payload", drift),
            created_at: fields.time("created_at", drift),
            metadata: drift.below("metadata", |drift| {
                drift.below("[]", |drift| {
                    metadata.iter().map(|item| Attempt::read(item, drift)).collect()
                })
            }),
        };
        fields.finish(drift);
        log
    }
}

/// One attempt of a log.
pub(crate) struct Attempt<'n, 'a> {
    pub(crate) sent_at: Option<Timestamp>,
    /// A number; null if there was no answer.
    pub(crate) response_code: Option<&'n Node<'a>>,
    /// A text with a unit.
    pub(crate) response_time: Option<&'n Node<'a>>,
    pub(crate) send_type: Option<&'n str>,
    /// Only after a failure.
    pub(crate) error_message: Option<&'n str>,
}

impl<'n, 'a> Attempt<'n, 'a> {
    fn read(node: &'n Node<'a>, drift: &mut Drift) -> Self {
        let mut fields = Fields::open(node, drift);
        let attempt = Self {
            sent_at: fields.time("sent_at", drift),
            response_code: fields.required("response_code", drift),
            response_time: fields.required("response_time", drift),
            send_type: fields.text("send_type", drift),
            error_message: fields.optional_text("error_message", drift),
        };
        fields.finish(drift);
        attempt
    }
}

//! A conversation, and pages of them.

use model::{Drift, DriftKind, Fields, Kind, Node, Timestamp, integer, list, typed};

use super::super::dialect::Dialect;

/// A page of conversations.
pub(crate) struct Conversations<'n, 'a> {
    pub(crate) items: &'n [Node<'a>],
    /// Told by where the block about the pages stands.
    pub(crate) dialect: Option<Dialect>,
    pub(crate) total_items: Option<usize>,
    pub(crate) total_pages: Option<usize>,
}

impl<'n, 'a> Conversations<'n, 'a> {
    /// `None` if there is no list.
    pub(crate) fn read(node: &'n Node<'a>, drift: &mut Drift) -> Option<Self> {
        let mut fields = Fields::open(node, drift);
        let data = fields.required("data", drift);
        fields.required("errors", drift);
        let extra = fields.optional("extra");
        let above = fields.optional("pagination");
        fields.finish(drift);
        let below = extra.and_then(|extra| {
            drift.below("extra", |drift| {
                let mut fields = Fields::open(extra, drift);
                let block = fields.optional("pagination");
                fields.finish(drift);
                block
            })
        });
        let (dialect, totals) = match (below, above) {
            (Some(block), _) => {
                let totals = drift.below("extra", |drift| totals(block, drift));
                (Some(Dialect::Page), totals)
            }
            (None, Some(block)) => (Some(Dialect::Offset), totals(block, drift)),
            (None, None) => {
                drift.note("pagination", DriftKind::MissingField);
                (None, (None, None))
            }
        };
        Some(Self {
            items: list(data?)?,
            dialect,
            total_items: totals.0,
            total_pages: totals.1,
        })
    }
}

/// How many items and pages there are, by the block about the pages.
fn totals(block: &Node<'_>, drift: &mut Drift) -> (Option<usize>, Option<usize>) {
    drift.below("pagination", |drift| {
        let mut fields = Fields::open(block, drift);
        let mut count = |name, drift: &mut Drift| {
            let node = fields.required(name, drift);
            typed(node, name, drift, |node| usize::try_from(integer(node)?).ok())
        };
        let totals = (count("totalItems", drift), count("totalPages", drift));
        // What we know, since we have asked for it.
        count("currentPage", drift);
        count("pageSize", drift);
        fields.finish(drift);
        totals
    })
}

/// A conversation, in a list or alone.
pub(crate) struct Conversation<'n, 'a> {
    pub(crate) id: Option<&'n str>,
    pub(crate) is_active: Option<bool>,
    /// There is a time at which it was.
    pub(crate) timed_out: bool,
    pub(crate) user_number: Option<&'n str>,
    pub(crate) agent_number: Option<&'n str>,
    pub(crate) effective_channel: Option<&'n str>,
    pub(crate) message_count: Option<i64>,
    pub(crate) last_message_at: Option<Timestamp>,
    /// An object of any keys.
    pub(crate) variables: Option<&'n Node<'a>>,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) updated_at: Option<Timestamp>,
}

/// Documented keys of a conversation that have no neutral home. Which are there depends on the endpoint.
const UNMAPPED: [&str; 17] = [
    "user_id",
    "inbound_id",
    "messages",
    "last_message",
    "current_node_id",
    "curr_pathway_id",
    "curr_pathway_version",
    "pathway_tags",
    "summary",
    "citation_variables",
    "disposition_tag",
    "disposition_logs",
    "ended_by_end_call_node",
    "human_handoff_at",
    "human_handoff_reason",
    "human_handoff_metadata",
    "last_message_timestamp",
];

impl<'n, 'a> Conversation<'n, 'a> {
    pub(crate) fn read(node: &'n Node<'a>, drift: &mut Drift) -> Self {
        let mut fields = Fields::open(node, drift);
        for name in UNMAPPED {
            fields.optional(name);
        }
        let is_active = fields.required("is_active", drift);
        let message_count = fields.optional("message_count");
        let variables = fields.optional("variables");
        let conversation = Self {
            id: fields.text("id", drift),
            is_active: typed(is_active, "is_active", drift, boolean),
            timed_out: fields.optional("timed_out_at").is_some(),
            user_number: fields.text("user_number", drift),
            agent_number: fields.text("agent_number", drift),
            effective_channel: fields.optional_text("effective_channel", drift),
            message_count: typed(message_count, "message_count", drift, integer),
            // The one name is older than the other.
            last_message_at: optional_time(&mut fields, "last_message_at", drift)
                .or_else(|| optional_time(&mut fields, "last_message_timestamp", drift)),
            variables: typed(variables, "variables", drift, object),
            created_at: fields.time("created_at", drift),
            updated_at: fields.time("updated_at", drift),
        };
        fields.finish(drift);
        conversation
    }
}

fn optional_time(fields: &mut Fields<'_, '_>, name: &'static str, drift: &mut Drift) -> Option<Timestamp> {
    let node = fields.optional(name);
    typed(node, name, drift, |node| node.as_str().and_then(Timestamp::parse))
}

fn boolean(node: &Node<'_>) -> Option<bool> {
    match node.kind() {
        Kind::Bool(value) => Some(*value),
        _ => None,
    }
}

fn object<'n, 'a>(node: &'n Node<'a>) -> Option<&'n Node<'a>> {
    matches!(node.kind(), Kind::Object(_)).then_some(node)
}

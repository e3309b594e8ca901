//! Bland's own types, borrowed from an answer.

use model::{Drift, DriftKind, Fields, Kind, Node, Timestamp, integer, list, typed};

use super::channel::Channel;
use super::dialect::Dialect;

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

/// A page of conversations.
pub(super) struct Conversations<'n, 'a> {
    pub(super) items: &'n [Node<'a>],
    /// Told by where the block about the pages stands.
    pub(super) dialect: Option<Dialect>,
    pub(super) total_items: Option<usize>,
    pub(super) total_pages: Option<usize>,
}

impl<'n, 'a> Conversations<'n, 'a> {
    /// `None` if there is no list.
    pub(super) fn read(node: &'n Node<'a>, drift: &mut Drift) -> Option<Self> {
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
pub(super) struct Conversation<'n, 'a> {
    pub(super) id: Option<&'n str>,
    pub(super) is_active: Option<bool>,
    /// There is a time at which it was.
    pub(super) timed_out: bool,
    pub(super) user_number: Option<&'n str>,
    pub(super) agent_number: Option<&'n str>,
    pub(super) effective_channel: Option<&'n str>,
    pub(super) message_count: Option<i64>,
    pub(super) last_message_at: Option<Timestamp>,
    /// An object of any keys.
    pub(super) variables: Option<&'n Node<'a>>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) updated_at: Option<Timestamp>,
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
    pub(super) fn read(node: &'n Node<'a>, drift: &mut Drift) -> Self {
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

/// What was sent for a conversation.
pub(super) struct Log<'n, 'a> {
    pub(super) conversation_id: Option<&'n str>,
    pub(super) url: Option<&'n str>,
    /// Any keys.
    pub(super) payload: Option<&'n Node<'a>>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) metadata: Vec<Attempt<'n, 'a>>,
}

impl<'n, 'a> Log<'n, 'a> {
    pub(super) fn read(node: &'n Node<'a>, drift: &mut Drift) -> Self {
        let mut fields = Fields::open(node, drift);
        // Has no neutral home: the organisation's id, whatever its name says.
        fields.text("user_id", drift);
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
pub(super) struct Attempt<'n, 'a> {
    pub(super) sent_at: Option<Timestamp>,
    /// A number; null if there was no answer.
    pub(super) response_code: Option<&'n Node<'a>>,
    /// A text with a unit.
    pub(super) response_time: Option<&'n Node<'a>>,
    pub(super) send_type: Option<&'n str>,
    /// Only after a failure.
    pub(super) error_message: Option<&'n str>,
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

/// A number with its configuration for one channel.
#[expect(clippy::struct_field_names, reason = "fields are called as Bland calls them")]
pub(super) struct Number<'n, 'a> {
    pub(super) phone_number: Option<&'n str>,
    pub(super) label: Option<&'n str>,
    pub(super) config: Option<Config<'n, 'a>>,
    pub(super) conversation_count: Option<i64>,
}

impl<'n, 'a> Number<'n, 'a> {
    pub(super) fn read(node: &'n Node<'a>, channel: Channel, drift: &mut Drift) -> Self {
        let key = channel.config_key();
        let mut fields = Fields::open(node, drift);
        // Has no neutral home: who carries the messages.
        fields.optional_text("messaging_service", drift);
        let config = fields.required(key, drift);
        let count = fields.required("conversation_count", drift);
        let number = Self {
            phone_number: fields.text("phone_number", drift),
            label: fields.optional_text("label", drift),
            config: config.map(|config| drift.below(key, |drift| Config::read(config, drift))),
            conversation_count: typed(count, "conversation_count", drift, integer),
        };
        fields.finish(drift);
        number
    }
}

/// What a number does on a channel. Every key may be absent, and every value null.
pub(super) struct Config<'n, 'a> {
    pub(super) webhook: Option<&'n str>,
    /// An object, or a list.
    pub(super) request_data: Option<&'n Node<'a>>,
    /// Seconds.
    pub(super) time_out: Option<&'n Node<'a>>,
    pub(super) messaging_service_sid: Option<&'n str>,
    pub(super) objective: Option<&'n str>,
    pub(super) tools: Option<&'n Node<'a>>,
    pub(super) temperature: Option<&'n Node<'a>>,
    pub(super) pathway_id: Option<&'n str>,
    /// A text, or a number.
    pub(super) pathway_version: Option<&'n Node<'a>>,
    pub(super) start_node_id: Option<&'n str>,
}

/// Documented keys of a configuration that have no neutral home, nor a type that is the same everywhere.
const CARRIED: [&str; 11] = [
    "response_data",
    "timeout_action",
    "timeout_message",
    "warning_time",
    "warning_message",
    "restart_after_end_call",
    "timezone",
    "citation_schema_ids",
    "disposition_ids",
    "summary_prompt",
    "use_candidate_model",
];

impl<'n, 'a> Config<'n, 'a> {
    fn read(node: &'n Node<'a>, drift: &mut Drift) -> Self {
        let mut fields = Fields::open(node, drift);
        for name in CARRIED {
            fields.optional(name);
        }
        let config = Self {
            webhook: fields.optional_text("webhook", drift),
            request_data: fields.optional("request_data"),
            time_out: fields.optional("time_out"),
            messaging_service_sid: fields.optional_text("messaging_service_sid", drift),
            objective: fields.optional_text("objective", drift),
            tools: fields.optional("tools"),
            temperature: fields.optional("temperature"),
            pathway_id: fields.optional_text("pathway_id", drift),
            pathway_version: fields.optional("pathway_version"),
            start_node_id: fields.optional_text("start_node_id", drift),
        };
        fields.finish(drift);
        config
    }
}

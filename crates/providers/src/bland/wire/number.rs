//! A number and its configuration.

use model::{Drift, Fields, Node, integer, typed};

use super::super::channel::Channel;

/// A number with its configuration for one channel.
#[expect(clippy::struct_field_names, reason = "fields are called as Bland calls them")]
pub(crate) struct Number<'n, 'a> {
    pub(crate) phone_number: Option<&'n str>,
    pub(crate) label: Option<&'n str>,
    pub(crate) config: Option<Config<'n, 'a>>,
    pub(crate) conversation_count: Option<i64>,
}

impl<'n, 'a> Number<'n, 'a> {
    pub(crate) fn read(node: &'n Node<'a>, channel: Channel, drift: &mut Drift) -> Self {
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
pub(crate) struct Config<'n, 'a> {
    pub(crate) webhook: Option<&'n str>,
    /// An object, or a list.
    pub(crate) request_data: Option<&'n Node<'a>>,
    /// Seconds.
    pub(crate) time_out: Option<&'n Node<'a>>,
    pub(crate) messaging_service_sid: Option<&'n str>,
    pub(crate) objective: Option<&'n str>,
    pub(crate) tools: Option<&'n Node<'a>>,
    pub(crate) temperature: Option<&'n Node<'a>>,
    pub(crate) pathway_id: Option<&'n str>,
    /// A text, or a number.
    pub(crate) pathway_version: Option<&'n Node<'a>>,
    pub(crate) start_node_id: Option<&'n str>,
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

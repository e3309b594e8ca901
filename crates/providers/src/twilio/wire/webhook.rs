//! A webhook of a conversation.

use model::{Drift, Fields, Node, Timestamp, texts};

use super::sid;

/// A webhook of a conversation.
pub(crate) struct Webhook<'n> {
    pub(crate) sid: Option<&'n str>,
    /// Not there where the path had no service.
    pub(crate) chat_service_sid: Option<&'n str>,
    pub(crate) conversation_sid: Option<&'n str>,
    pub(crate) target: Option<&'n str>,
    /// Of the resource at Twilio; the callback's is in the configuration.
    pub(crate) url: Option<&'n str>,
    pub(crate) configuration: Configuration<'n>,
    pub(crate) date_created: Option<Timestamp>,
    pub(crate) date_updated: Option<Timestamp>,
}

impl<'n> Webhook<'n> {
    pub(crate) fn read(node: &'n Node<'_>, drift: &mut Drift) -> Self {
        let mut fields = Fields::open(node, drift);
        // Has no neutral home: the connection says which account.
        sid(fields.required("account_sid", drift), "account_sid", "AC", drift);
        let configuration = fields.required("configuration", drift);
        let service = fields.optional("chat_service_sid");
        let webhook = Self {
            sid: sid(fields.required("sid", drift), "sid", "WH", drift),
            chat_service_sid: sid(service, "chat_service_sid", "IS", drift),
            conversation_sid: sid(
                fields.required("conversation_sid", drift),
                "conversation_sid",
                "CH",
                drift,
            ),
            target: fields.text("target", drift),
            url: fields.text("url", drift),
            configuration: configuration
                .map(|node| drift.below("configuration", |drift| Configuration::read(node, drift)))
                .unwrap_or_default(),
            date_created: fields.time("date_created", drift),
            date_updated: fields.time("date_updated", drift),
        };
        fields.finish(drift);
        webhook
    }
}

/// Its shape depends on the target.
#[derive(Default)]
pub(crate) struct Configuration<'n> {
    pub(crate) url: Option<&'n str>,
    pub(crate) method: Option<&'n str>,
    /// Event names; of a trigger often the keywords, although they are sent as `Triggers`.
    pub(crate) filters: Vec<&'n str>,
    pub(crate) triggers: Vec<&'n str>,
    pub(crate) flow_sid: Option<&'n str>,
}

impl<'n> Configuration<'n> {
    fn read(node: &'n Node<'_>, drift: &mut Drift) -> Self {
        let mut fields = Fields::open(node, drift);
        let configuration = Self {
            url: fields.optional_text("url", drift),
            method: fields.optional_text("method", drift),
            filters: texts(fields.optional("filters"), "filters", drift),
            triggers: texts(fields.optional("triggers"), "triggers", drift),
            flow_sid: fields.optional_text("flow_sid", drift),
        };
        fields.finish(drift);
        configuration
    }
}

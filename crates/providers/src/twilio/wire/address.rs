//! The configuration of an address.

use model::{Drift, Fields, Kind, Node, Timestamp, texts, typed};

use super::sid;

/// What happens when a message comes to an address and belongs to no conversation yet.
pub(crate) struct AddressConfiguration<'n> {
    pub(crate) sid: Option<&'n str>,
    pub(crate) kind: Option<&'n str>,
    pub(crate) address: Option<&'n str>,
    pub(crate) friendly_name: Option<&'n str>,
    pub(crate) auto_creation: AutoCreation<'n>,
    pub(crate) date_created: Option<Timestamp>,
    pub(crate) date_updated: Option<Timestamp>,
}

impl<'n> AddressConfiguration<'n> {
    pub(crate) fn read(node: &'n Node<'_>, drift: &mut Drift) -> Self {
        let mut fields = Fields::open(node, drift);
        // These have no neutral home. The URL is the resource's at Twilio.
        sid(fields.required("account_sid", drift), "account_sid", "AC", drift);
        fields.text("address_country", drift);
        fields.text("url", drift);
        let auto_creation = fields.required("auto_creation", drift);
        let address = Self {
            sid: sid(fields.required("sid", drift), "sid", "IG", drift),
            kind: fields.text("type", drift),
            address: fields.text("address", drift),
            friendly_name: fields.text("friendly_name", drift),
            auto_creation: auto_creation
                .map(|node| drift.below("auto_creation", |drift| AutoCreation::read(node, drift)))
                .unwrap_or_default(),
            date_created: fields.time("date_created", drift),
            date_updated: fields.time("date_updated", drift),
        };
        fields.finish(drift);
        address
    }
}

/// What a conversation is made with. Which members there are depends on the type.
#[derive(Default)]
pub(crate) struct AutoCreation<'n> {
    pub(crate) enabled: Option<bool>,
    pub(crate) kind: Option<&'n str>,
    pub(crate) webhook_url: Option<&'n str>,
    pub(crate) webhook_method: Option<&'n str>,
    pub(crate) webhook_filters: Vec<&'n str>,
    pub(crate) studio_flow_sid: Option<&'n str>,
}

impl<'n> AutoCreation<'n> {
    fn read(node: &'n Node<'_>, drift: &mut Drift) -> Self {
        let mut fields = Fields::open(node, drift);
        // These have no neutral home.
        fields.optional("conversation_service_sid");
        fields.optional("studio_retry_count");
        let enabled = fields.required("enabled", drift);
        let filters = fields.optional("webhook_filters");
        let auto_creation = Self {
            enabled: typed(enabled, "enabled", drift, |node| match node.kind() {
                Kind::Bool(enabled) => Some(*enabled),
                _ => None,
            }),
            kind: fields.text("type", drift),
            webhook_url: fields.optional_text("webhook_url", drift),
            webhook_method: fields.optional_text("webhook_method", drift),
            webhook_filters: texts(filters, "webhook_filters", drift),
            studio_flow_sid: fields.optional_text("studio_flow_sid", drift),
        };
        fields.finish(drift);
        auto_creation
    }
}

//! A conversation.

use model::{Drift, Fields, Node, Timestamp};

use super::sid;

/// An exchange of messages. Who takes part in it, another resource says.
pub(crate) struct Conversation<'n> {
    pub(crate) sid: Option<&'n str>,
    /// There whether or not the path had a service.
    pub(crate) chat_service_sid: Option<&'n str>,
    pub(crate) friendly_name: Option<&'n str>,
    /// A text that holds JSON.
    pub(crate) attributes: Option<&'n str>,
    pub(crate) state: Option<&'n str>,
    /// Of the resource at Twilio.
    pub(crate) url: Option<&'n str>,
    pub(crate) date_created: Option<Timestamp>,
    pub(crate) date_updated: Option<Timestamp>,
}

impl<'n> Conversation<'n> {
    pub(crate) fn read(node: &'n Node<'_>, drift: &mut Drift) -> Self {
        let mut fields = Fields::open(node, drift);
        homeless(&mut fields, drift);
        let service = fields.required("chat_service_sid", drift);
        let conversation = Self {
            sid: sid(fields.required("sid", drift), "sid", "CH", drift),
            chat_service_sid: sid(service, "chat_service_sid", "IS", drift),
            friendly_name: fields.text("friendly_name", drift),
            attributes: fields.text("attributes", drift),
            state: fields.text("state", drift),
            url: fields.text("url", drift),
            date_created: fields.time("date_created", drift),
            date_updated: fields.time("date_updated", drift),
        };
        fields.finish(drift);
        conversation
    }
}

/// The fields without a neutral home: they are looked at for drift alone.
fn homeless(fields: &mut Fields<'_, '_>, drift: &mut Drift) {
    sid(fields.required("account_sid", drift), "account_sid", "AC", drift);
    let messaging = fields.required("messaging_service_sid", drift);
    sid(messaging, "messaging_service_sid", "MG", drift);
    fields.text("unique_name", drift);
    fields.required("links", drift);
    if let Some(timers) = fields.required("timers", drift) {
        drift.below("timers", |drift| {
            known(timers, ["date_inactive", "date_closed"], drift);
        });
    }
    if let Some(bindings) = fields.required("bindings", drift) {
        drift.below("bindings", |drift| known(bindings, ["email"], drift));
    }
}

/// An object that may have these members and no others.
fn known<const N: usize>(node: &Node<'_>, members: [&'static str; N], drift: &mut Drift) {
    let mut fields = Fields::open(node, drift);
    for member in members {
        fields.optional(member);
    }
    fields.finish(drift);
}

//! A service.

use model::{Drift, Fields, Node, Timestamp};

use super::sid;

/// A group of conversations.
pub(crate) struct Service<'n> {
    pub(crate) sid: Option<&'n str>,
    pub(crate) friendly_name: Option<&'n str>,
    /// Of the resource at Twilio.
    pub(crate) url: Option<&'n str>,
    pub(crate) date_created: Option<Timestamp>,
    pub(crate) date_updated: Option<Timestamp>,
}

impl<'n> Service<'n> {
    pub(crate) fn read(node: &'n Node<'_>, drift: &mut Drift) -> Self {
        let mut fields = Fields::open(node, drift);
        // These have no neutral home. What is linked to is none of our business.
        sid(fields.required("account_sid", drift), "account_sid", "AC", drift);
        fields.required("links", drift);
        let service = Self {
            sid: sid(fields.required("sid", drift), "sid", "IS", drift),
            friendly_name: fields.text("friendly_name", drift),
            url: fields.text("url", drift),
            date_created: fields.time("date_created", drift),
            date_updated: fields.time("date_updated", drift),
        };
        fields.finish(drift);
        service
    }
}

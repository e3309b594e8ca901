//! The callbacks of an account or a service.

use model::{Drift, Fields, Node, texts};

use super::super::sid::Scope;
use super::sid;

/// Two URLs that share a method and a list of events. All of it may be null.
pub(crate) struct Callbacks<'n> {
    pub(crate) pre_webhook_url: Option<&'n str>,
    pub(crate) post_webhook_url: Option<&'n str>,
    pub(crate) method: Option<&'n str>,
    pub(crate) filters: Vec<&'n str>,
    /// An account's alone.
    pub(crate) target: Option<&'n str>,
}

impl<'n> Callbacks<'n> {
    pub(crate) fn read(scope: &Scope, node: &'n Node<'_>, drift: &mut Drift) -> Self {
        let mut fields = Fields::open(node, drift);
        // These have no neutral home. The URL is the resource's at Twilio.
        sid(fields.required("account_sid", drift), "account_sid", "AC", drift);
        fields.text("url", drift);
        let target = match scope {
            Scope::Account => fields.text("target", drift),
            Scope::Service(_) => {
                let service = fields.required("chat_service_sid", drift);
                sid(service, "chat_service_sid", "IS", drift);
                None
            }
        };
        let filters = fields.required("filters", drift);
        let callbacks = Self {
            pre_webhook_url: fields.text("pre_webhook_url", drift),
            post_webhook_url: fields.text("post_webhook_url", drift),
            method: fields.text("method", drift),
            filters: texts(filters, "filters", drift),
            target,
        };
        fields.finish(drift);
        callbacks
    }
}

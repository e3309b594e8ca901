//! Twilio's own types, borrowed from an answer. Nearly every field may be null.

use model::{Drift, DriftKind, Fields, Node, Timestamp, list, texts, typed};

use super::sid::is_sid;

/// What findings of drift call a webhook.
pub(super) const WEBHOOK: &str = "webhook";

/// The array that holds webhooks, unless the answer says otherwise.
const KEY: &str = "webhooks";

/// A page of a list.
pub(super) struct List<'n, 'a> {
    /// The name of the array.
    pub(super) key: &'n str,
    pub(super) items: &'n [Node<'a>],
    pub(super) next_page_url: Option<&'n str>,
}

impl<'n, 'a> List<'n, 'a> {
    /// `None` if there is no list.
    pub(super) fn read(node: &'n Node<'a>, drift: &mut Drift) -> Option<Self> {
        let mut fields = Fields::open(node, drift);
        let meta = fields.required("meta", drift);
        let meta = meta.map(|meta| drift.below("meta", |drift| Meta::read(meta, drift)));
        let key = meta.as_ref().and_then(|meta| meta.key).unwrap_or(KEY);
        let named = node.member(key).and_then(list);
        let (key, items) = match named {
            Some(items) if key != KEY => {
                drift.below("meta", |drift| drift.note("key", DriftKind::UnknownEnum));
                fields.optional(KEY);
                (key, items)
            }
            _ => {
                let items = fields.required(KEY, drift);
                (KEY, typed(items, KEY, drift, list)?)
            }
        };
        fields.finish(drift);
        Some(Self {
            key,
            items,
            next_page_url: meta.and_then(|meta| meta.next_page_url),
        })
    }
}

/// What a page says about its list.
struct Meta<'n> {
    key: Option<&'n str>,
    next_page_url: Option<&'n str>,
}

impl<'n> Meta<'n> {
    fn read(node: &'n Node<'_>, drift: &mut Drift) -> Self {
        let mut fields = Fields::open(node, drift);
        for bookkeeping in ["page", "page_size", "first_page_url", "previous_page_url", "url"] {
            fields.required(bookkeeping, drift);
        }
        let meta = Self {
            key: fields.text("key", drift),
            next_page_url: fields.text("next_page_url", drift),
        };
        fields.finish(drift);
        meta
    }
}

/// A webhook of a conversation.
pub(super) struct Webhook<'n> {
    pub(super) sid: Option<&'n str>,
    /// Not there where the path had no service.
    pub(super) chat_service_sid: Option<&'n str>,
    pub(super) conversation_sid: Option<&'n str>,
    pub(super) target: Option<&'n str>,
    /// Of the resource at Twilio; the callback's is in the configuration.
    pub(super) url: Option<&'n str>,
    pub(super) configuration: Configuration<'n>,
    pub(super) date_created: Option<Timestamp>,
    pub(super) date_updated: Option<Timestamp>,
}

impl<'n> Webhook<'n> {
    pub(super) fn read(node: &'n Node<'_>, drift: &mut Drift) -> Self {
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
pub(super) struct Configuration<'n> {
    pub(super) url: Option<&'n str>,
    pub(super) method: Option<&'n str>,
    /// Event names; of a trigger often the keywords, although they are sent as `Triggers`.
    pub(super) filters: Vec<&'n str>,
    pub(super) triggers: Vec<&'n str>,
    pub(super) flow_sid: Option<&'n str>,
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

/// An id of the kind; any other text is drift.
fn sid<'n>(node: Option<&'n Node<'_>>, name: &str, kind: &str, drift: &mut Drift) -> Option<&'n str> {
    typed(node, name, drift, |node| {
        node.as_str().filter(|text| is_sid(kind, text))
    })
}

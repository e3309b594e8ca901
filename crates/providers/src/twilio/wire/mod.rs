//! Twilio's own types, borrowed from an answer. Nearly every field may be null.

mod address;
mod callbacks;
mod conversation;
mod service;
mod webhook;

use model::{Drift, DriftKind, Fields, Node, list, typed};

pub(super) use self::address::{AddressConfiguration, AutoCreation};
pub(super) use self::callbacks::Callbacks;
pub(super) use self::conversation::Conversation;
pub(super) use self::service::Service;
pub(super) use self::webhook::{Configuration, Webhook};
use super::sid::is_sid;

/// A page of a list.
pub(super) struct List<'n, 'a> {
    /// The name of the array.
    pub(super) key: &'n str,
    pub(super) items: &'n [Node<'a>],
    pub(super) next_page_url: Option<&'n str>,
}

impl<'n, 'a> List<'n, 'a> {
    /// `None` if there is no list. It is called `usual`, unless the answer says otherwise.
    pub(super) fn read(node: &'n Node<'a>, usual: &'static str, drift: &mut Drift) -> Option<Self> {
        let mut fields = Fields::open(node, drift);
        let meta = fields.required("meta", drift);
        let meta = meta.map(|meta| drift.below("meta", |drift| Meta::read(meta, drift)));
        let key = meta.as_ref().and_then(|meta| meta.key).unwrap_or(usual);
        let named = node.member(key).and_then(list);
        let (key, items) = match named {
            Some(items) if key != usual => {
                drift.below("meta", |drift| drift.note("key", DriftKind::UnknownEnum));
                fields.optional(usual);
                (key, items)
            }
            _ => {
                let items = fields.required(usual, drift);
                (usual, typed(items, usual, drift, list)?)
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

/// An id of the kind; any other text is drift.
fn sid<'n>(node: Option<&'n Node<'_>>, name: &str, kind: &str, drift: &mut Drift) -> Option<&'n str> {
    typed(node, name, drift, |node| {
        node.as_str().filter(|text| is_sid(kind, text))
    })
}

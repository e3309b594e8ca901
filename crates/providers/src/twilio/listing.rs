//! The lists that Twilio has: what each is called, how it is asked for, and what its items become.

use bytes::Bytes;
use model::{Account, Conversation, Drift, Node, Number, Service, UpstreamRequest, Webhook};

use super::filter::Filter;
use super::{address, decode, encode, sid};

/// A list, as one client asks for it.
pub(super) trait Listing: Send + 'static {
    /// What its items become.
    type Item: Send + 'static;

    /// What findings of drift call an item.
    const RESOURCE: &'static str;

    /// The array that holds the items, unless the answer says otherwise.
    const KEY: &'static str;

    /// The request for its first page.
    fn request(&self) -> UpstreamRequest;

    /// Reads an item.
    fn item(&self, account: &Account, body: &Bytes, node: &Node<'_>, drift: &mut Drift) -> Self::Item;
}

/// The services of the account.
pub(super) struct Services;

impl Listing for Services {
    type Item = Service;
    const RESOURCE: &'static str = "service";
    const KEY: &'static str = "services";

    fn request(&self) -> UpstreamRequest {
        encode::list_services()
    }

    fn item(&self, account: &Account, body: &Bytes, node: &Node<'_>, drift: &mut Drift) -> Service {
        decode::service::read(account, None, body, node, drift)
    }
}

/// The conversations of a service, or of the default one.
pub(super) struct Conversations(pub(super) Filter);

impl Listing for Conversations {
    type Item = Conversation;
    const RESOURCE: &'static str = "conversation";
    const KEY: &'static str = "conversations";

    fn request(&self) -> UpstreamRequest {
        encode::list_conversations(&self.0)
    }

    fn item(&self, account: &Account, body: &Bytes, node: &Node<'_>, drift: &mut Drift) -> Conversation {
        let service = self.0.service.as_deref();
        decode::conversation::read(account, service, None, body, node, drift)
    }
}

/// The webhooks of a conversation.
pub(super) struct Webhooks(pub(super) sid::Conversation);

impl Listing for Webhooks {
    type Item = Webhook;
    const RESOURCE: &'static str = "webhook";
    const KEY: &'static str = "webhooks";

    fn request(&self) -> UpstreamRequest {
        encode::list_webhooks(&self.0)
    }

    fn item(&self, account: &Account, body: &Bytes, node: &Node<'_>, drift: &mut Drift) -> Webhook {
        decode::webhook::read(account, &self.0, None, body, node, drift)
    }
}

/// The addresses of a type, or all of them.
pub(super) struct Numbers(pub(super) Option<String>);

impl Listing for Numbers {
    type Item = Number;
    const RESOURCE: &'static str = "number";
    const KEY: &'static str = "address_configurations";

    fn request(&self) -> UpstreamRequest {
        encode::list_addresses(self.0.as_ref())
    }

    fn item(&self, account: &Account, body: &Bytes, node: &Node<'_>, drift: &mut Drift) -> Number {
        let asked = self.0.as_deref().map(|kind| address::channel(Some(kind), None));
        decode::number::read(account, (asked.as_ref(), None), body, node, drift)
    }
}

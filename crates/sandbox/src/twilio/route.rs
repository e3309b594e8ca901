//! Which resource a path means, and what can be done with it.

use super::scope::Scope;

/// A resource that is served.
#[derive(Clone, Copy)]
pub(super) enum Route<'a> {
    Services,
    Service(&'a str),
    Conversations(Scope<'a>),
    Conversation(Scope<'a>, &'a str),
    Webhooks(Scope<'a>, &'a str),
    Webhook(Scope<'a>, &'a str, &'a str),
    Configuration,
    /// Of a service, or of the account.
    WebhookSettings(Option<&'a str>),
    Addresses,
    Address(&'a str),
}

impl<'a> Route<'a> {
    /// Segments are called by the prefix of their SID: service, conversation, webhook, address.
    pub(super) fn of(path: &[&'a str]) -> Option<Self> {
        match path {
            ["v1", "Services"] => Some(Self::Services),
            ["v1", "Services", is] => Some(Self::Service(is)),
            ["v1", "Services", is, "Configuration", "Webhooks"] => Some(Self::WebhookSettings(Some(is))),
            ["v1", "Services", is, "Conversations", below @ ..] => in_scope(Scope::Long(is), below),
            ["v1", "Conversations", below @ ..] => in_scope(Scope::Short, below),
            ["v1", "Configuration"] => Some(Self::Configuration),
            ["v1", "Configuration", "Webhooks"] => Some(Self::WebhookSettings(None)),
            ["v1", "Configuration", "Addresses"] => Some(Self::Addresses),
            ["v1", "Configuration", "Addresses", ig] => Some(Self::Address(ig)),
            _ => None,
        }
    }

    /// The methods that the resource has.
    pub(super) fn methods(self) -> &'static str {
        match self {
            Self::Configuration => "GET",
            Self::Service(_) => "GET, DELETE",
            Self::Services
            | Self::Conversations(_)
            | Self::Webhooks(..)
            | Self::WebhookSettings(_)
            | Self::Addresses => "GET, POST",
            Self::Conversation(..) | Self::Webhook(..) | Self::Address(_) => "GET, POST, DELETE",
        }
    }
}

fn in_scope<'a>(scope: Scope<'a>, below: &[&'a str]) -> Option<Route<'a>> {
    match below {
        [] => Some(Route::Conversations(scope)),
        [ch] => Some(Route::Conversation(scope, ch)),
        [ch, "Webhooks"] => Some(Route::Webhooks(scope, ch)),
        [ch, "Webhooks", wh] => Some(Route::Webhook(scope, ch, wh)),
        _ => None,
    }
}

//! Twilio Conversations v1, read side: the webhooks scoped to a conversation.

mod data;
mod demo;
mod error;
mod page;
mod record;
mod sid;
mod traffic;
mod webhooks;

use self::data::{Data, Scope};
use self::error::Error;
use self::traffic::Traffic;
use crate::account::{self, Credential};
use crate::http::{Answer, Request};
use crate::provider::Provider;

/// What can be read through a gateway.
pub(crate) const EXAMPLES: &[&str] = &[
    "/v1/conversations/{connection}:CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/webhooks",
    "/v1/conversations/{connection}:ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/webhooks/WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "/v1/conversations/{connection}:CH00000000000000000000000000000023/webhooks?limit=10",
];

/// The stand-in with its state.
pub(crate) struct Twilio {
    credentials: Vec<Credential>,
    data: Data,
    traffic: Traffic,
}

enum Route<'a> {
    Webhooks(Scope<'a>),
    Webhook(Scope<'a>, &'a str),
}

impl Twilio {
    pub(crate) fn new(credentials: Vec<Credential>) -> serde_json::Result<Self> {
        Ok(Self {
            credentials,
            data: Data::load()?,
            traffic: Traffic::default(),
        })
    }

    fn dispatch(&self, request: &Request) -> Result<Answer, Error> {
        if !account::admits(&self.credentials, request) {
            return Err(Error::unauthenticated());
        }
        let path = request.path();
        let route = route(&path).ok_or_else(Error::no_such_resource)?;
        match (request.method.as_str(), route) {
            ("GET", Route::Webhooks(scope)) => webhooks::list(&self.data, scope, request),
            ("GET", Route::Webhook(scope, sid)) => webhooks::fetch(&self.data, scope, sid),
            _ => Err(Error::method_not_allowed()),
        }
    }
}

impl Provider for Twilio {
    /// Its resource names are capitalised.
    fn owns(&self, path: &[&str]) -> bool {
        matches!(path, ["v1", name, ..] if name.starts_with(|first: char| first.is_ascii_uppercase()))
    }

    fn answer(&self, request: &Request) -> Answer {
        self.traffic
            .count(|| self.dispatch(request).unwrap_or_else(Error::into_answer))
    }
}

/// Segments are called by the prefix of their SID: service, conversation, webhook.
fn route<'a>(path: &[&'a str]) -> Option<Route<'a>> {
    Some(match *path {
        ["v1", "Conversations", ch, "Webhooks"] => Route::Webhooks(Scope::short(ch)),
        ["v1", "Conversations", ch, "Webhooks", wh] => Route::Webhook(Scope::short(ch), wh),
        ["v1", "Services", is, "Conversations", ch, "Webhooks"] => Route::Webhooks(Scope::long(is, ch)),
        ["v1", "Services", is, "Conversations", ch, "Webhooks", wh] => {
            Route::Webhook(Scope::long(is, ch), wh)
        }
        _ => return None,
    })
}

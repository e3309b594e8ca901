//! Twilio Conversations v1, read side: services, their conversations, and the webhooks scoped to each.

mod conversations;
mod data;
mod demo;
mod error;
mod page;
mod period;
mod record;
mod scope;
mod services;
mod sid;
mod traffic;
mod webhooks;

use hyper::Method;

use self::data::Data;
use self::error::Error;
use self::scope::Scope;
use self::traffic::Traffic;
use crate::account::{self, Credential};
use crate::http::{Answer, Request};
use crate::provider::Provider;

/// What can be read through a gateway.
pub(crate) const EXAMPLES: &[&str] = &[
    "/v1/services",
    "/v1/conversations?connection={connection}&limit=3",
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
    Services,
    Service(&'a str),
    Conversations(Scope<'a>),
    Conversation(Scope<'a>, &'a str),
    Webhooks(Scope<'a>, &'a str),
    Webhook(Scope<'a>, &'a str, &'a str),
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
        if request.method != Method::GET {
            return Err(Error::method_not_allowed());
        }
        match route {
            Route::Services => services::list(&self.data, request),
            Route::Service(is) => services::fetch(&self.data, is),
            Route::Conversations(scope) => conversations::list(&self.data, scope, request),
            Route::Conversation(scope, ch) => conversations::fetch(&self.data, scope, ch),
            Route::Webhooks(scope, ch) => webhooks::list(&self.data, scope, ch, request),
            Route::Webhook(scope, ch, wh) => webhooks::fetch(&self.data, scope, ch, wh),
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
    match path {
        ["v1", "Services"] => Some(Route::Services),
        ["v1", "Services", is] => Some(Route::Service(is)),
        ["v1", "Services", is, "Conversations", below @ ..] => in_scope(Scope::Long(is), below),
        ["v1", "Conversations", below @ ..] => in_scope(Scope::Short, below),
        _ => None,
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

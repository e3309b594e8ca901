//! Twilio Conversations v1: services, their conversations, the webhooks scoped to each, and the configuration
//! of the account, of services and of addresses. All of it can be read and written as the API does it; there
//! are no messages and no participants, and nobody is called.

mod addresses;
mod callback;
mod configuration;
mod conversations;
mod data;
mod demo;
mod error;
mod events;
mod page;
mod parameters;
mod period;
mod reason;
mod record;
mod route;
mod scope;
mod services;
mod sid;
mod traffic;
mod webhook_settings;
mod webhooks;

use hyper::{Method, StatusCode};
use serde_json::{Map, Value};

use self::data::{Data, date};
use self::error::Error;
use self::reason::Reason;
use self::route::Route;
use self::traffic::Traffic;
use crate::account::{self, Credential};
use crate::clock::Clock;
use crate::http::{Answer, Request};
use crate::provider::Provider;
use crate::state::State;

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
    name: &'static str,
    credentials: Vec<Credential>,
    data: State<Data>,
    clock: Clock,
    traffic: Traffic,
}

impl Twilio {
    pub(crate) fn new(
        name: &'static str,
        credentials: Vec<Credential>,
        clock: Clock,
    ) -> serde_json::Result<Self> {
        Ok(Self {
            name,
            credentials,
            data: State::new(Data::load()?),
            clock,
            traffic: Traffic::default(),
        })
    }

    fn dispatch(&self, request: &Request) -> Result<Answer, Error> {
        if !account::admits(&self.credentials, request) {
            return Err(Error::unauthenticated());
        }
        let path = request.path();
        let route = Route::of(&path).ok_or(Reason::NoSuchResource)?;
        self.data.with(|data| match request.method {
            Method::GET => read(data, route, request),
            _ => self.write(data, route, request),
        })
    }

    fn write(&self, data: &mut Data, route: Route<'_>, request: &Request) -> Result<Answer, Error> {
        let instant = self.clock.now();
        let now = &date(instant);
        match (&request.method, route) {
            (&Method::POST, Route::Services) => services::create(data, request, now),
            (&Method::DELETE, Route::Service(is)) => services::delete(data, is),
            (&Method::POST, Route::Conversations(scope)) => {
                conversations::create(data, scope, request, instant)
            }
            (&Method::POST, Route::Conversation(scope, ch)) => {
                conversations::update(data, scope, ch, request, instant)
            }
            (&Method::DELETE, Route::Conversation(scope, ch)) => conversations::delete(data, scope, ch),
            (&Method::POST, Route::Webhooks(scope, ch)) => webhooks::create(data, scope, ch, request, now),
            (&Method::POST, Route::Webhook(scope, ch, wh)) => {
                webhooks::update(data, scope, ch, wh, request, now)
            }
            (&Method::DELETE, Route::Webhook(scope, ch, wh)) => webhooks::delete(data, scope, ch, wh),
            (&Method::POST, Route::WebhookSettings(is)) => webhook_settings::update(data, is, request),
            (&Method::POST, Route::Addresses) => addresses::create(data, request, now),
            (&Method::POST, Route::Address(ig)) => addresses::update(data, ig, request, now),
            (&Method::DELETE, Route::Address(ig)) => addresses::delete(data, ig),
            _ => Err(Error::method_not_allowed(route.methods())),
        }
    }
}

impl Provider for Twilio {
    fn name(&self) -> &'static str {
        self.name
    }

    /// Its resource names are capitalised.
    fn owns(&self, path: &[&str]) -> bool {
        matches!(path, ["v1", name, ..] if name.starts_with(|first: char| first.is_ascii_uppercase()))
    }

    fn answer(&self, request: &Request) -> Answer {
        self.traffic
            .count(|| self.dispatch(request).unwrap_or_else(Error::into_answer))
    }

    fn failure(&self, status: StatusCode) -> Answer {
        self.traffic.count(|| Error::failure(status).into_answer())
    }

    /// A list names its key.
    fn resources<'a>(&self, body: &'a mut Value) -> Vec<&'a mut Map<String, Value>> {
        let key = body
            .pointer("/meta/key")
            .and_then(Value::as_str)
            .map(str::to_owned);
        match key {
            None => body.as_object_mut().into_iter().collect(),
            Some(key) => {
                let items = body.get_mut(key).and_then(Value::as_array_mut);
                items
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_object_mut)
                    .collect()
            }
        }
    }

    fn next_page<'a>(&self, body: &'a mut Value) -> Option<&'a mut Value> {
        body.pointer_mut("/meta/next_page_url")
    }

    fn reset(&self) {
        self.data.reset();
    }
}

fn read(data: &Data, route: Route<'_>, request: &Request) -> Result<Answer, Error> {
    match route {
        Route::Services => services::list(data, request),
        Route::Service(is) => services::fetch(data, is),
        Route::Conversations(scope) => conversations::list(data, scope, request),
        Route::Conversation(scope, ch) => conversations::fetch(data, scope, ch),
        Route::Webhooks(scope, ch) => webhooks::list(data, scope, ch, request),
        Route::Webhook(scope, ch, wh) => webhooks::fetch(data, scope, ch, wh),
        Route::Configuration => Ok(configuration::fetch(data)),
        Route::WebhookSettings(is) => webhook_settings::fetch(data, is),
        Route::Addresses => addresses::list(data, request),
        Route::Address(ig) => addresses::fetch(data, ig),
    }
}

//! Bland SMS: conversations, their webhook logs, and the numbers, to be read and written as the API does it.
//! Nothing is sent to anybody: what is resent was received.

mod channel;
mod conversations;
mod data;
mod demo;
mod error;
mod filter;
mod list;
mod numbers;
mod webhook_log;

use hyper::{Method, StatusCode};
use serde_json::{Map, Value, json};

use self::data::Data;
use self::error::Error;
use crate::account::{self, Credential};
use crate::clock::Clock;
use crate::http::{Answer, Request};
use crate::provider::Provider;
use crate::state::State;

/// What can be read through a gateway.
pub(crate) const EXAMPLES: &[&str] = &[
    "/v1/conversations/{connection}:convo_abc123/webhook-deliveries",
    "/v1/conversations/{connection}:convo_override/webhooks",
    "/v1/numbers?connection={connection}&limit=1",
    "/v1/numbers/{connection}:sms:+14155552671",
];

/// The stand-in with its state.
pub(crate) struct Bland {
    name: &'static str,
    credentials: Vec<Credential>,
    data: State<Data>,
    clock: Clock,
}

#[derive(Clone, Copy)]
enum Route<'a> {
    Numbers,
    NumberUpdate,
    WebhookUpdate,
    Conversations,
    Conversation(&'a str),
    WebhookLog(&'a str),
    Resend,
}

impl Bland {
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
        })
    }

    /// The body of an answer that is no refusal.
    fn dispatch(&self, request: &Request) -> Result<Value, Error> {
        if !account::admits(&self.credentials, request) {
            return Err(Error::Unauthenticated);
        }
        let path = request.path();
        let route = Route::of(&path).ok_or(Error::NoSuchPath)?;
        self.data.with(|data| match (&request.method, route) {
            (&Method::GET, Route::Numbers) => numbers::list(data, request.query("channel")),
            (&Method::POST, Route::NumberUpdate) => numbers::update(data, request),
            (&Method::POST, Route::WebhookUpdate) => numbers::update_webhook(data, request),
            (&Method::GET, Route::Conversations) => list::answer(data.conversations.values(), request),
            (&Method::GET, Route::Conversation(id)) => conversations::fetch(data, id),
            (&Method::PATCH, Route::Conversation(id)) => {
                conversations::update(data, id, request, self.clock.now())
            }
            (&Method::DELETE, Route::Conversation(id)) => conversations::delete(data, id),
            (&Method::GET, Route::WebhookLog(id)) => Ok(webhook_log::fetch(data, id)),
            (&Method::POST, Route::Resend) => webhook_log::resend(data, request, self.clock.now()),
            _ => Err(Error::MethodNotAllowed(route.methods())),
        })
    }
}

impl Provider for Bland {
    fn name(&self) -> &'static str {
        self.name
    }

    /// Its resource names are in lower case.
    fn owns(&self, path: &[&str]) -> bool {
        matches!(path, ["v1", name, ..] if name.starts_with(|first: char| first.is_ascii_lowercase()))
    }

    fn answer(&self, request: &Request) -> Answer {
        match self.dispatch(request) {
            Ok(body) => Answer::json(StatusCode::OK, &body),
            Err(error) => error.into_answer(),
        }
    }

    fn failure(&self, status: StatusCode) -> Answer {
        Error::Failure(status).into_answer()
    }

    fn resources<'a>(&self, body: &'a mut Value) -> Vec<&'a mut Map<String, Value>> {
        match body.get_mut("data") {
            Some(Value::Object(resource)) => vec![resource],
            Some(Value::Array(items)) => items.iter_mut().filter_map(Value::as_object_mut).collect(),
            _ => Vec::new(),
        }
    }

    /// Pages are counted, not linked.
    fn next_page<'a>(&self, _body: &'a mut Value) -> Option<&'a mut Value> {
        None
    }

    fn reset(&self) {
        self.data.reset();
    }
}

impl<'a> Route<'a> {
    fn of(path: &[&'a str]) -> Option<Self> {
        Some(match *path {
            ["v1", "sms", "numbers"] => Self::Numbers,
            ["v1", "sms", "number", "update"] => Self::NumberUpdate,
            ["v1", "sms", "webhook", "update"] => Self::WebhookUpdate,
            ["v1", "sms", "conversations"] => Self::Conversations,
            ["v1", "sms", "conversations", "webhooks", "resend"] => Self::Resend,
            ["v1", "sms", "conversations", id] => Self::Conversation(id),
            ["v1", "sms", "conversations", id, "webhook"] => Self::WebhookLog(id),
            _ => return None,
        })
    }

    /// The methods that the path has.
    fn methods(self) -> &'static str {
        match self {
            Self::Numbers | Self::Conversations | Self::WebhookLog(_) => "GET",
            Self::NumberUpdate | Self::WebhookUpdate | Self::Resend => "POST",
            Self::Conversation(_) => "GET, PATCH, DELETE",
        }
    }
}

fn enveloped(data: &Value) -> Value {
    json!({ "data": data, "errors": null })
}

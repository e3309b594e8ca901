//! Bland SMS, read side: conversations, their webhook logs, and the numbers.

mod conversations;
mod data;
mod error;
mod filter;
mod list;
mod numbers;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use self::data::Data;
use self::error::Error;
use self::numbers::Channel;
use crate::account::{self, Credential};
use crate::http::{Answer, Request};
use crate::provider::Provider;

/// What can be read through a gateway.
pub(crate) const EXAMPLES: &[&str] = &[
    "/v1/conversations/{connection}:convo_abc123/webhook-deliveries",
    "/v1/conversations/{connection}:convo_override/webhooks",
    "/v1/numbers?connection={connection}&limit=1",
    "/v1/numbers/{connection}:sms:+14155552671",
];

/// The stand-in with its state.
pub(crate) struct Bland {
    credentials: Vec<Credential>,
    data: Data,
}

enum Route<'a> {
    Numbers,
    Conversations,
    Conversation(&'a str),
    WebhookLog(&'a str),
}

impl Bland {
    pub(crate) fn new(credentials: Vec<Credential>) -> serde_json::Result<Self> {
        Ok(Self {
            credentials,
            data: Data::load()?,
        })
    }

    /// The body of an answer that is no refusal.
    fn dispatch(&self, request: &Request) -> Result<Value, Error> {
        if !account::admits(&self.credentials, request) {
            return Err(Error::Unauthenticated);
        }
        let path = request.path();
        let route = route(&path).ok_or(Error::NoSuchPath)?;
        if request.method != Method::GET {
            return Err(Error::MethodNotAllowed);
        }
        match route {
            Route::Numbers => self.numbers(request.query("channel")),
            Route::Conversations => list::answer(self.data.conversations(), request),
            Route::Conversation(id) => self.conversation(id),
            Route::WebhookLog(id) => Ok(self.webhook_log(id)),
        }
    }

    fn numbers(&self, channel: Option<&str>) -> Result<Value, Error> {
        let channel = channel
            .map_or(Some(Channel::Sms), Channel::from_name)
            .ok_or(Error::InvalidChannel)?;
        Ok(enveloped(&json!(self.data.numbers(channel))))
    }

    fn conversation(&self, id: &str) -> Result<Value, Error> {
        self.data
            .conversation(id)
            .map(enveloped)
            .ok_or(Error::ConversationNotFound)
    }

    /// Null for a conversation that was never reported, and for one that does not exist.
    fn webhook_log(&self, id: &str) -> Value {
        enveloped(self.data.webhook_log(id).unwrap_or(&Value::Null))
    }
}

impl Provider for Bland {
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
}

fn enveloped(data: &Value) -> Value {
    json!({ "data": data, "errors": null })
}

fn route<'a>(path: &[&'a str]) -> Option<Route<'a>> {
    Some(match *path {
        ["v1", "sms", "numbers"] => Route::Numbers,
        ["v1", "sms", "conversations"] => Route::Conversations,
        ["v1", "sms", "conversations", id] => Route::Conversation(id),
        ["v1", "sms", "conversations", id, "webhook"] => Route::WebhookLog(id),
        _ => return None,
    })
}

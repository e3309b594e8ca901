//! Bland SMS, read side: the webhook log of a conversation, the conversation itself, and the numbers.

mod data;
mod error;
mod numbers;

use hyper::StatusCode;
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

    fn dispatch(&self, request: &Request) -> Result<Value, Error> {
        if !account::admits(&self.credentials, request) {
            return Err(Error::Unauthenticated);
        }
        let path = request.path();
        let route = route(&path).ok_or(Error::NoSuchPath)?;
        match (request.method.as_str(), route) {
            ("GET", Route::Numbers) => self.numbers(request.query("channel")),
            ("GET", Route::Conversation(id)) => self.conversation(id),
            ("GET", Route::WebhookLog(id)) => Ok(self.webhook_log(id)),
            _ => Err(Error::MethodNotAllowed),
        }
    }

    fn numbers(&self, channel: Option<&str>) -> Result<Value, Error> {
        let channel = channel
            .map_or(Some(Channel::Sms), Channel::from_name)
            .ok_or(Error::InvalidChannel)?;
        Ok(json!(self.data.numbers(channel)))
    }

    fn conversation(&self, id: &str) -> Result<Value, Error> {
        self.data
            .conversation(id)
            .cloned()
            .ok_or(Error::ConversationNotFound)
    }

    /// Null for a conversation that was never reported, and for one that does not exist.
    fn webhook_log(&self, id: &str) -> Value {
        self.data.webhook_log(id).cloned().unwrap_or_default()
    }
}

impl Provider for Bland {
    /// Its resource names are in lower case.
    fn owns(&self, path: &[&str]) -> bool {
        matches!(path, ["v1", name, ..] if name.starts_with(|first: char| first.is_ascii_lowercase()))
    }

    fn answer(&self, request: &Request) -> Answer {
        match self.dispatch(request) {
            Ok(data) => Answer::json(StatusCode::OK, &json!({ "data": data, "errors": null })),
            Err(error) => error.into_answer(),
        }
    }
}

fn route<'a>(path: &[&'a str]) -> Option<Route<'a>> {
    Some(match *path {
        ["v1", "sms", "numbers"] => Route::Numbers,
        ["v1", "sms", "conversations", id] => Route::Conversation(id),
        ["v1", "sms", "conversations", id, "webhook"] => Route::WebhookLog(id),
        _ => return None,
    })
}

//! What a client asks for, as a case of the golden matrix writes it down.

use std::collections::BTreeMap;

use model::{ConversationFilter, Operation, Phase, Result, Timestamp, WebhookChange};

/// A request as a client's, one field for each parameter that an operation may have.
#[derive(Debug, Default, Clone, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) webhook_id: String,
    pub(crate) delivery_id: String,
    pub(crate) channel: Option<String>,
    pub(crate) service_id: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) user_number: Option<String>,
    pub(crate) agent_number: Option<String>,
    pub(crate) created_after: Option<String>,
    pub(crate) created_before: Option<String>,
    /// `before` or else `after`.
    pub(crate) phase: String,
    pub(crate) effective: bool,
    pub(crate) linked: bool,
    pub(crate) rebuild: bool,
    /// The client's body.
    pub(crate) body: serde_json::Value,
    pub(crate) limit: Option<usize>,
    pub(crate) cursor: Option<String>,
    /// Values of the connection's keys; flags are `true` or `false`.
    pub(crate) options: BTreeMap<String, String>,
}

impl Request {
    pub(crate) fn filter(&self) -> ConversationFilter {
        let time = |text: &String| Timestamp::parse(text).unwrap();
        ConversationFilter {
            service: self.service_id.as_ref().map(|id| id.parse().unwrap()),
            status: self.status.clone(),
            user_number: self.user_number.clone(),
            agent_number: self.agent_number.clone(),
            created_after: self.created_after.as_ref().map(time),
            created_before: self.created_before.as_ref().map(time),
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.phase.as_str() {
            "before" => Phase::Before,
            _ => Phase::After,
        }
    }

    pub(crate) fn change(&self) -> Result<WebhookChange> {
        WebhookChange::read(self.body.to_string().as_bytes())
    }
}

/// A request of the right form for any operation of either provider.
pub(crate) fn well_formed(provider: &str, operation: Operation) -> Request {
    let id = match (provider, operation.resource()) {
        (_, "numbers" | "number_webhooks") => "sms:+14155552671",
        ("twilio", "services" | "service_webhooks") => "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ("twilio", _) => "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        _ => "convo_abc123",
    };
    let webhook = match provider {
        "twilio" => "WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        _ => "observed",
    };
    let mut body = serde_json::json!({ "target": { "url": "https://example.com/hook" } });
    if operation.verb() != "update" {
        body["target"]["type"] = "http".into();
        if provider == "twilio" {
            body["events"] = serde_json::json!(["message.created"]);
        }
    }
    Request {
        id: id.to_owned(),
        webhook_id: webhook.to_owned(),
        delivery_id: "0123456789abcdef".to_owned(),
        body,
        limit: Some(5),
        ..Request::default()
    }
}

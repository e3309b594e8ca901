//! The numbers and what they are configured with. An update keeps what it does not name: whether the API does
//! is not documented.

use serde_json::{Map, Value, json};

use super::channel::Channel;
use super::data::Data;
use super::enveloped;
use super::error::Error;
use crate::http::Request;

const WEBHOOK: &str = "webhook";
/// What can be configured beside the webhook; other members of an update are ignored, as the documentation says.
const KEYS: [&str; 20] = [
    "request_data",
    "response_data",
    "time_out",
    "timeout_action",
    "timeout_message",
    "warning_time",
    "warning_message",
    "messaging_service_sid",
    "objective",
    "tools",
    "temperature",
    "pathway_id",
    "pathway_version",
    "start_node_id",
    "restart_after_end_call",
    "timezone",
    "citation_schema_ids",
    "disposition_ids",
    "summary_prompt",
    "use_candidate_model",
];
/// Other names of a key.
const ALIASES: [(&str, &str); 2] = [("prompt", "objective"), ("task", "objective")];
/// A shorter one is raised to this; zero is none.
const MIN_TIME_OUT: f64 = 30.0;

pub(super) fn list(data: &Data, channel: Option<&str>) -> Result<Value, Error> {
    let channel = channel.map_or(Some(Channel::Sms), Channel::from_name);
    let channel = channel.ok_or(Error::InvalidChannel)?;
    Ok(enveloped(&json!(data.numbers(channel))))
}

pub(super) fn update(data: &mut Data, request: &Request) -> Result<Value, Error> {
    let body = request.object().map_err(|_| Error::InvalidParameter("body"))?;
    let phone_number = phone_number(&body)?;
    let channel = match body.get("channel") {
        None | Some(Value::Null) => Channel::Sms,
        Some(name) => name
            .as_str()
            .and_then(Channel::from_name)
            .ok_or(Error::InvalidChannel)?,
    };
    let mut number = data.number(channel, phone_number).ok_or(Error::NumberNotFound)?;
    let current = number.get(channel.config_key()).and_then(Value::as_object);
    let config = changed(current.cloned().unwrap_or_default(), &body).ok_or(Error::NotUpdated(channel))?;
    set(&mut number, channel.config_key(), &json!(config));
    data.put_number(channel, phone_number, number);
    Ok(enveloped(&json!({
        "message": "Number updated successfully",
        channel.config_key(): config,
    })))
}

/// Of the SMS configuration alone; null and nothing clear it, which is not confirmed.
pub(super) fn update_webhook(data: &mut Data, request: &Request) -> Result<Value, Error> {
    let body = request.object().map_err(|_| Error::InvalidParameter("body"))?;
    let phone_number = phone_number(&body)?;
    let number = data
        .number_mut(Channel::Sms, phone_number)
        .ok_or(Error::NumberNotFound)?;
    let webhook = webhook(&body).map_err(|()| Error::InvalidParameter(WEBHOOK))?;
    if let (Some(webhook), Some(config)) = (webhook, number.get_mut(Channel::Sms.config_key())) {
        set(config, WEBHOOK, &webhook);
    }
    Ok(json!({ "status": "success" }))
}

fn phone_number(body: &Map<String, Value>) -> Result<&str, Error> {
    let phone_number = body.get("phone_number").and_then(Value::as_str);
    phone_number
        .filter(|text| !text.is_empty())
        .ok_or(Error::PhoneNumberRequired)
}

/// Nothing for values that cannot be stored.
fn changed(mut config: Map<String, Value>, body: &Map<String, Value>) -> Option<Map<String, Value>> {
    let aliased = ALIASES.iter().map(|(alias, key)| (*alias, *key));
    for (name, key) in aliased.chain(KEYS.map(|key| (key, key))) {
        if let Some(value) = body.get(name) {
            config.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(webhook) = webhook(body).ok()? {
        config.insert(WEBHOOK.to_owned(), webhook);
    }
    let seconds = |name: &str| config.get(name).and_then(Value::as_f64);
    let time_out = seconds("time_out").filter(|time_out| *time_out > 0.0);
    if let Some(warning) = seconds("warning_time")
        && time_out.is_none_or(|time_out| warning >= time_out.max(MIN_TIME_OUT))
    {
        return None;
    }
    if time_out.is_some_and(|time_out| time_out < MIN_TIME_OUT) && body.contains_key("time_out") {
        config.insert("time_out".to_owned(), json!(30));
    }
    Some(config)
}

/// The webhook that a body gives, if it gives one: a URL, or null for none.
fn webhook(body: &Map<String, Value>) -> Result<Option<Value>, ()> {
    match body.get(WEBHOOK) {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(Value::Null)),
        Some(Value::String(url)) if url.is_empty() => Ok(Some(Value::Null)),
        Some(Value::String(url)) => Ok(Some(json!(url))),
        Some(_) => Err(()),
    }
}

fn set(object: &mut Value, key: &str, value: &Value) {
    if let Value::Object(members) = object {
        members.insert(key.to_owned(), value.clone());
    }
}

//! What an address configuration says of the conversations that it makes. Which of these parameters need which
//! others is not documented, so none does.

use serde_json::{Map, Value, json};

use super::super::callback::{check_method, check_url};
use super::super::data::Data;
use super::super::error::Error;
use super::super::events;
use super::super::parameters::Parameters;
use super::super::reason::Reason;

const ENABLED: &str = "AutoCreation.Enabled";
const TYPE: &str = "AutoCreation.Type";
const SERVICE: &str = "AutoCreation.ConversationServiceSid";
const URL: &str = "AutoCreation.WebhookUrl";
const METHOD: &str = "AutoCreation.WebhookMethod";
const FILTERS: &str = "AutoCreation.WebhookFilters";
const FLOW_SID: &str = "AutoCreation.StudioFlowSid";
const RETRY_COUNT: &str = "AutoCreation.StudioRetryCount";
pub(super) const KNOWN: [&str; 8] = [
    ENABLED,
    TYPE,
    SERVICE,
    URL,
    METHOD,
    FILTERS,
    FLOW_SID,
    RETRY_COUNT,
];

/// What a type has beside `enabled`, `type` and the service.
const OF_WEBHOOK: [&str; 3] = ["webhook_url", "webhook_method", "webhook_filters"];
const OF_STUDIO: [&str; 2] = ["studio_flow_sid", "studio_retry_count"];

/// That of a new configuration of which nothing else is said.
pub(super) fn off() -> Value {
    json!({ "enabled": false, "type": "default" })
}

/// The current one with what is given; a type drops what belongs to the others.
pub(super) fn changed(data: &Data, current: &Value, parameters: &Parameters) -> Result<Value, Error> {
    let mut auto_creation = current.as_object().cloned().unwrap_or_default();
    auto_creation.extend(given(data, parameters)?);
    let foreign = match auto_creation.get("type").and_then(Value::as_str) {
        Some("webhook") => OF_STUDIO.to_vec(),
        Some("studio") => OF_WEBHOOK.to_vec(),
        _ => [&OF_STUDIO[..], &OF_WEBHOOK].concat(),
    };
    auto_creation.retain(|key, _| !foreign.contains(&key.as_str()));
    Ok(auto_creation.into())
}

/// The method stays as it is written: the published enumeration has it in lower case, examples in upper case.
fn given(data: &Data, parameters: &Parameters) -> Result<Map<String, Value>, Error> {
    let is_type = |name: &str| ["webhook", "studio", "default"].contains(&name);
    let is_service = |sid: &str| data.service(sid).is_ok();
    let flow_sid = parameters.sid(FLOW_SID, "FW").map_err(|_| Reason::BadFlowSid)?;
    let (url, method, filters) = (
        parameters.text(URL),
        parameters.text(METHOD),
        parameters.list(FILTERS),
    );
    if let Some(url) = url {
        check_url(url, Reason::BadWebhookParameter)?;
    }
    if let Some(method) = method {
        check_method(method)?;
    }
    if let Some(names) = &filters
        && !names.iter().all(|name| events::is_for_address(name))
    {
        return Err(Reason::UnknownFilter.into());
    }
    let values = [
        ("enabled", json!(parameters.parsed::<bool>(ENABLED)?)),
        ("type", json!(parameters.checked(TYPE, is_type)?)),
        (
            "conversation_service_sid",
            json!(parameters.checked(SERVICE, is_service)?),
        ),
        ("webhook_url", json!(url)),
        ("webhook_method", json!(method)),
        ("webhook_filters", json!(filters)),
        ("studio_flow_sid", json!(flow_sid)),
        (
            "studio_retry_count",
            json!(parameters.parsed::<u32>(RETRY_COUNT)?),
        ),
    ];
    let sent = values.into_iter().filter(|(_, value)| !value.is_null());
    Ok(sent.map(|(key, value)| (key.to_owned(), value)).collect())
}

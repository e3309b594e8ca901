//! What a webhook of a conversation is configured with, checked in the documented order: what its target
//! needs, then names and keywords, URL, method. What belongs to another target is ignored, since no published
//! answer shows it.

use serde_json::{Map, Value, json};

use super::super::callback::{check_method, check_url};
use super::super::error::Error;
use super::super::events;
use super::super::parameters::Parameters;
use super::super::reason::Reason;

pub(super) const TARGET: &str = "Target";
pub(super) const URL: &str = "Configuration.Url";
pub(super) const METHOD: &str = "Configuration.Method";
pub(super) const FILTERS: &str = "Configuration.Filters";
pub(super) const TRIGGERS: &str = "Configuration.Triggers";
pub(super) const FLOW_SID: &str = "Configuration.FlowSid";
pub(super) const REPLAY_AFTER: &str = "Configuration.ReplayAfter";

/// The predecessor's default; for this API none is documented.
const DEFAULT_METHOD: &str = "post";
const MAX_KEYWORDS: usize = 5;
const MAX_KEYWORD: usize = 248;

/// The target of a new webhook.
pub(super) fn target(parameters: &Parameters) -> Result<&str, Error> {
    match parameters.text(TARGET) {
        None | Some("") => Err(Reason::TargetMissing.into()),
        Some(target @ ("webhook" | "trigger" | "studio")) => Ok(target),
        Some(_) => Err(Reason::UnknownTarget.into()),
    }
}

/// The configuration of a new webhook.
pub(super) fn create(target: &str, parameters: &Parameters) -> Result<Value, Error> {
    let configuration = configure(target, None, parameters)?;
    parameters.parsed::<u64>(REPLAY_AFTER)?;
    Ok(configuration)
}

/// The configuration that a webhook has after a change.
pub(super) fn update(target: &str, current: &Value, parameters: &Parameters) -> Result<Value, Error> {
    configure(target, Some(current), parameters)
}

fn configure(target: &str, current: Option<&Value>, parameters: &Parameters) -> Result<Value, Error> {
    let mut configuration = current.and_then(Value::as_object).cloned().unwrap_or_default();
    let is_new = current.is_none();
    match target {
        "studio" => flow(&mut configuration, is_new, parameters)?,
        "trigger" => call(
            &mut configuration,
            is_new,
            parameters,
            TRIGGERS,
            Reason::TriggersMissing,
        )?,
        _ => call(
            &mut configuration,
            is_new,
            parameters,
            FILTERS,
            Reason::FiltersMissing,
        )?,
    }
    Ok(configuration.into())
}

fn flow(configuration: &mut Map<String, Value>, is_new: bool, parameters: &Parameters) -> Result<(), Error> {
    let flow_sid = parameters.sid(FLOW_SID, "FW").map_err(|_| Reason::BadFlowSid)?;
    match flow_sid {
        Some(sid) => drop(configuration.insert("flow_sid".to_owned(), json!(sid))),
        None if is_new => return Err(Reason::BadFlowSid.into()),
        None => {}
    }
    Ok(())
}

/// Keywords, too, come back under `filters`.
fn call(
    configuration: &mut Map<String, Value>,
    is_new: bool,
    parameters: &Parameters,
    list: &str,
    missing: Reason,
) -> Result<(), Error> {
    let (url, names) = (parameters.text(URL), parameters.list(list));
    if url.map_or(is_new, str::is_empty) {
        return Err(Reason::UrlMissing.into());
    }
    if is_new && names.is_none() {
        return Err(missing.into());
    }
    if let Some(names) = &names {
        if list == TRIGGERS {
            check_keywords(names)?;
        } else if !names.iter().all(|name| events::is_for_conversation(name)) {
            return Err(Reason::UnknownFilter.into());
        }
        configuration.insert("filters".to_owned(), json!(names));
    }
    if let Some(url) = url {
        check_url(url, Reason::BadWebhookParameter)?;
        configuration.insert("url".to_owned(), json!(url));
    }
    if let Some(method) = parameters.text(METHOD).or(is_new.then_some(DEFAULT_METHOD)) {
        check_method(method)?;
        configuration.insert("method".to_owned(), json!(method.to_ascii_lowercase()));
    }
    Ok(())
}

fn check_keywords(keywords: &[&str]) -> Result<(), Error> {
    if keywords.len() > MAX_KEYWORDS {
        return Err(Reason::TooManyKeywords.into());
    }
    let is_keyword = |keyword: &&str| (1..=MAX_KEYWORD).contains(&keyword.chars().count());
    if keywords.iter().all(is_keyword) {
        Ok(())
    } else {
        Err(Reason::BadKeyword.into())
    }
}

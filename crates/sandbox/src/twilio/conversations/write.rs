//! What a write may set of a conversation.

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde_json::{Map, Value, json};

use super::super::data::date;
use super::super::error::Error;
use super::super::parameters::Parameters;
use super::super::reason::Reason;
use super::super::record::{Conversation, Service};
use super::super::sid::is_sid;
use super::STATES;

const FRIENDLY_NAME: &str = "FriendlyName";
const UNIQUE_NAME: &str = "UniqueName";
const ATTRIBUTES: &str = "Attributes";
const MESSAGING_SERVICE_SID: &str = "MessagingServiceSid";
const STATE: &str = "State";
const DATE_CREATED: &str = "DateCreated";
const DATE_UPDATED: &str = "DateUpdated";
const TIMERS: [(&str, &str, SignedDuration); 2] = [
    ("Timers.Inactive", "date_inactive", SignedDuration::from_mins(1)),
    ("Timers.Closed", "date_closed", SignedDuration::from_mins(10)),
];
const EMAIL: [(&str, &str); 2] = [
    ("Bindings.Email.Address", "projected_address"),
    ("Bindings.Email.Name", "name"),
];
pub(super) const KNOWN: [&str; 11] = [
    FRIENDLY_NAME,
    UNIQUE_NAME,
    ATTRIBUTES,
    MESSAGING_SERVICE_SID,
    STATE,
    DATE_CREATED,
    DATE_UPDATED,
    "Timers.Inactive",
    "Timers.Closed",
    "Bindings.Email.Address",
    "Bindings.Email.Name",
];
const MAX_NAME: usize = 256;
const MAX_ATTRIBUTES: usize = 16 * 1024;

/// Sets what is given; the conversation is of no use after a refusal.
pub(super) fn apply(
    parameters: &Parameters,
    conversation: &mut Conversation,
    service: &Service,
    now: Timestamp,
) -> Result<(), Error> {
    if let Some(name) = parameters.short(FRIENDLY_NAME, MAX_NAME)? {
        conversation.friendly_name = non_empty(name);
    }
    if let Some(name) = parameters.short(UNIQUE_NAME, MAX_NAME)? {
        check_unique(name, conversation, service)?;
        conversation.unique_name = non_empty(name);
    }
    let is_attributes =
        |text: &str| text.len() <= MAX_ATTRIBUTES && serde_json::from_str::<Value>(text).is_ok();
    if let Some(text) = parameters.checked(ATTRIBUTES, is_attributes)? {
        text.clone_into(&mut conversation.attributes);
    }
    if let Some(sid) = parameters.sid(MESSAGING_SERVICE_SID, "MG")? {
        conversation.messaging_service_sid = Some(sid.to_owned());
    }
    if let Some(state) = parameters.checked(STATE, |state| STATES.contains(&state))? {
        state.clone_into(&mut conversation.state);
    }
    if let Some(created) = parameters.parsed(DATE_CREATED)? {
        conversation.date_created = date(created);
    }
    if let Some(updated) = parameters.parsed(DATE_UPDATED)? {
        conversation.date_updated = date(updated);
    }
    for (name, key, least) in TIMERS {
        if let Some(text) = parameters.text(name) {
            let end = end(text, least, now).ok_or_else(|| Error::invalid_parameter(name))?;
            set(&mut conversation.timers, key, json!(end));
        }
    }
    let email: Map<String, Value> = EMAIL
        .iter()
        .filter_map(|(name, key)| Some(((*key).to_owned(), json!(parameters.text(name)?))))
        .collect();
    if !email.is_empty() {
        set(&mut conversation.bindings, "email", email.into());
    }
    Ok(())
}

/// It names one conversation of the service, in paths as well, where a SID could stand.
fn check_unique(name: &str, conversation: &Conversation, service: &Service) -> Result<(), Error> {
    if is_sid("CH", name) {
        return Err(Reason::UniqueNameIsSid.into());
    }
    let mut others = service
        .conversations
        .iter()
        .filter(|other| other.sid != conversation.sid);
    if others.any(|other| !name.is_empty() && other.unique_name.as_deref() == Some(name)) {
        return Err(Reason::UniqueNameTaken.into());
    }
    Ok(())
}

fn end(text: &str, least: SignedDuration, now: Timestamp) -> Option<String> {
    let span: Span = text.parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    let end = now.checked_add(duration).ok().filter(|_| duration >= least)?;
    Some(date(end))
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(key.to_owned(), value);
    }
}

/// An empty text takes the value away.
fn non_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

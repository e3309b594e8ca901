//! Answers in a shape that their readers were not told about.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::provider::Provider;

const METHOD: &str = "configuration.method";
const SURPRISE: &str = "surprise";

/// How each resource of an answer is changed. A name may lead to a member of a member or to an item of a list,
/// with dots between; where there is nothing of that name, nothing changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Drift {
    /// `configuration.method` comes in upper case.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub method_case: bool,
    /// There is a member that nobody knows, `surprise`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unknown_field: bool,
    /// This member is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_field: Option<String>,
    /// This member is a number if it was text, and else the text of its JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retype_field: Option<String>,
    /// These members have these values, null for instance.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub set: Map<String, Value>,
    /// The value of `state`, misspelt or new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The next page of a list is said to be here, even behind the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_link: Option<String>,
}

impl Drift {
    /// Changes the body of a provider's answer.
    pub(crate) fn apply(&self, provider: &dyn Provider, body: &mut Value) {
        for resource in provider.resources(body) {
            self.change(resource);
        }
        if let (Some(link), Some(next)) = (&self.page_link, provider.next_page(body)) {
            *next = json!(link);
        }
    }

    fn change(&self, resource: &mut Map<String, Value>) {
        if self.method_case
            && let Some(Value::String(method)) = member(resource, METHOD)
        {
            method.make_ascii_uppercase();
        }
        if let Some(value) = self.retype_field.as_ref().and_then(|name| member(resource, name)) {
            *value = match &*value {
                Value::String(text) => json!(text.len()),
                other => json!(other.to_string()),
            };
        }
        for (name, new) in &self.set {
            if let Some(value) = member(resource, name) {
                value.clone_from(new);
            }
        }
        if let (Some(state), Some(value)) = (&self.state, member(resource, "state")) {
            *value = json!(state);
        }
        if let Some(name) = &self.missing_field {
            remove(resource, name);
        }
        if self.unknown_field {
            resource.insert(SURPRISE.to_owned(), json!({ "since": "today" }));
        }
    }
}

fn member<'a>(resource: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Value> {
    let mut names = name.split('.');
    let first = resource.get_mut(names.next()?)?;
    names.try_fold(first, |value, name| match value {
        Value::Array(items) => items.get_mut(name.parse::<usize>().ok()?),
        other => other.get_mut(name),
    })
}

fn remove(resource: &mut Map<String, Value>, name: &str) {
    match name.rsplit_once('.') {
        None => drop(resource.remove(name)),
        Some((above, last)) => {
            if let Some(Value::Object(members)) = member(resource, above) {
                members.remove(last);
            }
        }
    }
}

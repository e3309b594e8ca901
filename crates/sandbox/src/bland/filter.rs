//! Which conversations a list is narrowed to. A filter that is broken, or names an unknown field or
//! operator, is ignored without a word, as the documentation says; of the documented operators, those
//! on lists (`hasSome`, `hasEvery`, `none`) count as unknown here.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::Request;

/// A filter that no field holds.
const STATUS: &str = "status";

/// The conditions of a request.
pub(super) struct Filters {
    conditions: Vec<Condition>,
    /// Whether one of them is enough.
    any: bool,
}

#[derive(Deserialize)]
struct Condition {
    field: String,
    operator: Operator,
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Operator {
    #[serde(alias = "equals")]
    Eq,
    Not,
    In,
    NotIn,
    Contains,
    StartsWith,
    EndsWith,
    Gt,
    Gte,
    Lt,
    Lte,
    IsEmpty,
    IsNotEmpty,
}

impl Filters {
    /// Reads `filters`, one JSON array, and every `filters[]`, each a JSON object.
    pub(super) fn of(request: &Request, fields: &[&str]) -> Self {
        let array = request.query("filters").and_then(read::<Vec<Value>>);
        let objects = request.query_all("filters[]").filter_map(read::<Value>);
        let conditions = array
            .unwrap_or_default()
            .into_iter()
            .chain(objects)
            .filter_map(|filter| serde_json::from_value::<Condition>(filter).ok())
            .filter(|condition| condition.field == STATUS || fields.contains(&condition.field.as_str()))
            .collect();
        Self {
            conditions,
            any: request.query("mode") == Some("OR"),
        }
    }

    /// Whether a conversation is wanted.
    pub(super) fn admit(&self, conversation: &Value) -> bool {
        let mut conditions = self.conditions.iter();
        if self.any && !self.conditions.is_empty() {
            conditions.any(|condition| condition.holds(conversation))
        } else {
            conditions.all(|condition| condition.holds(conversation))
        }
    }
}

impl Condition {
    fn holds(&self, conversation: &Value) -> bool {
        let held = match self.field.as_str() {
            STATUS => json!(status(conversation)),
            field => conversation.get(field).cloned().unwrap_or_default(),
        };
        let compared = || compare(&held, &self.value);
        let is_among = || self.value.as_array().is_some_and(|list| list.contains(&held));
        let texts = || held.as_str().zip(self.value.as_str());
        match self.operator {
            Operator::Eq => compared().is_some_and(Ordering::is_eq),
            Operator::Not => !compared().is_some_and(Ordering::is_eq),
            Operator::In => is_among(),
            Operator::NotIn => !is_among(),
            Operator::Contains => texts().is_some_and(|(text, part)| text.contains(part)),
            Operator::StartsWith => texts().is_some_and(|(text, part)| text.starts_with(part)),
            Operator::EndsWith => texts().is_some_and(|(text, part)| text.ends_with(part)),
            Operator::Gt => compared().is_some_and(Ordering::is_gt),
            Operator::Gte => compared().is_some_and(Ordering::is_ge),
            Operator::Lt => compared().is_some_and(Ordering::is_lt),
            Operator::Lte => compared().is_some_and(Ordering::is_le),
            Operator::IsEmpty => is_empty(&held),
            Operator::IsNotEmpty => !is_empty(&held),
        }
    }
}

/// The order of a sorted list: what is missing or not a scalar comes last.
pub(super) fn order(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    let scalars = one.zip(other).and_then(|(one, other)| scalar_order(one, other));
    let is_missing = |value: Option<&Value>| value.is_none_or(Value::is_null);
    scalars.unwrap_or_else(|| is_missing(one).cmp(&is_missing(other)))
}

/// How two values of one type compare; times do so as instants, however they are spelt.
fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    let instant = |value: &Value| value.as_str()?.parse::<Timestamp>().ok();
    match instant(one).zip(instant(other)) {
        Some((one, other)) => Some(one.cmp(&other)),
        None => scalar_order(one, other),
    }
}

fn scalar_order(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        (Value::Number(one), Value::Number(other)) => one.as_f64()?.partial_cmp(&other.as_f64()?),
        (Value::String(one), Value::String(other)) => Some(one.cmp(other)),
        _ => None,
    }
}

/// The word for a conversation's state.
pub(super) fn status(conversation: &Value) -> &'static str {
    let is_set = |field: &str| {
        !matches!(
            conversation.get(field),
            None | Some(Value::Null | Value::Bool(false))
        )
    };
    if is_set("is_active") {
        "active"
    } else if is_set("timed_out_at") {
        "timed_out"
    } else if is_set("ended_by_end_call_node") {
        "completed"
    } else {
        "inactive"
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn read<T: for<'a> Deserialize<'a>>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

//! The neutral filters of conversations as Bland's `filters`. One that it does not understand it ignores without
//! a word, so what it lists is checked against them.

use model::{Conversation, ConversationFilter, Error, Result, Timestamp, Word};
use serde_json::{Value, json};

use super::dialect::Dialect;

/// What every listed conversation has to fulfil.
#[derive(Debug)]
pub(super) struct Filters {
    wanted: ConversationFilter,
    /// The same in Bland's terms.
    conditions: Vec<Condition>,
}

#[derive(Debug)]
struct Condition {
    field: &'static str,
    operator: Operator,
    value: Value,
}

#[derive(Debug, Clone, Copy)]
enum Operator {
    Equal,
    AtLeast,
    Below,
}

impl Filters {
    /// Refuses what Bland cannot filter by.
    pub(super) fn of(filter: &ConversationFilter) -> Result<Self> {
        let ConversationFilter {
            service,
            status,
            user_number,
            agent_number,
            created_after,
            created_before,
        } = filter;
        if service.is_some() {
            return Err(Error::parameter("service_id", "this provider has no services"));
        }
        let is_active = status.as_deref().map(is_active).transpose()?;
        let text = |text: &String| Value::from(text.as_str());
        let time = |time: &Timestamp| Value::from(time.as_str());
        let conditions = [
            ("user_number", Operator::Equal, user_number.as_ref().map(text)),
            ("agent_number", Operator::Equal, agent_number.as_ref().map(text)),
            ("is_active", Operator::Equal, is_active.map(Value::from)),
            ("created_at", Operator::AtLeast, created_after.as_ref().map(time)),
            ("created_at", Operator::Below, created_before.as_ref().map(time)),
        ];
        let present = conditions.into_iter().filter_map(|(field, operator, value)| {
            value.map(|value| Condition {
                field,
                operator,
                value,
            })
        });
        Ok(Self {
            wanted: filter.clone(),
            conditions: present.collect(),
        })
    }

    /// Whether every conversation is wanted.
    pub(super) const fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// The value of the parameter.
    pub(super) fn text(&self, dialect: Dialect) -> String {
        let condition = |condition: &Condition| {
            json!({
                "field": condition.field,
                "operator": condition.operator.name(dialect),
                "value": condition.value,
            })
        };
        Value::Array(self.conditions.iter().map(condition).collect()).to_string()
    }

    /// Whether a conversation is one of those that are wanted, as far as it tells: a field that it does not
    /// have excludes nothing, and what is shorter than a millisecond may have been lost on the way.
    pub(super) fn admit(&self, conversation: &Conversation) -> bool {
        let is = |wanted: &Option<String>, value: Option<&str>| {
            let both = wanted.as_deref().zip(value);
            both.is_none_or(|(wanted, value)| wanted == value)
        };
        let begun = milliseconds(conversation.created_at.as_ref());
        let after = milliseconds(self.wanted.created_after.as_ref());
        let before = milliseconds(self.wanted.created_before.as_ref());
        is(
            &self.wanted.status,
            conversation.status.as_ref().map(Word::as_str),
        ) && is(&self.wanted.user_number, conversation.user_number.as_deref())
            && is(&self.wanted.agent_number, conversation.agent_number.as_deref())
            && begun.zip(after).is_none_or(|(begun, after)| begun >= after)
            && begun.zip(before).is_none_or(|(begun, before)| begun <= before)
    }
}

impl Operator {
    /// Each dialect has its own words, and ignores without a word what it does not know.
    const fn name(self, dialect: Dialect) -> &'static str {
        match (self, dialect) {
            (Self::Equal, Dialect::Page) => "eq",
            (Self::Equal, Dialect::Offset) => "equals",
            (Self::AtLeast, _) => "gte",
            (Self::Below, _) => "lt",
        }
    }
}

fn is_active(status: &str) -> Result<bool> {
    match status {
        "active" => Ok(true),
        "closed" => Ok(false),
        _ => Err(Error::parameter(
            "status",
            "`active` or `closed`; this provider's conversations are never anything else",
        )),
    }
}

fn milliseconds(time: Option<&Timestamp>) -> Option<i64> {
    let time: jiff::Timestamp = time?.as_str().parse().ok()?;
    Some(time.as_millisecond())
}

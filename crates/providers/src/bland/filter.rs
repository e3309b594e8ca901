//! The neutral filters of conversations as Bland's `filters`.

use model::{ConversationFilter, Error, Result, Timestamp};
use serde_json::{Value, json};

use super::dialect::Dialect;

/// What every listed conversation has to fulfil.
#[derive(Debug)]
pub(super) struct Filters(Vec<Condition>);

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
        Ok(Self(present.collect()))
    }

    /// Whether every conversation is wanted.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
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
        Value::Array(self.0.iter().map(condition).collect()).to_string()
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

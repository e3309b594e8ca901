//! Requests with their answers, as the built-in sandbox gives them: recorded, and compared by a test. What
//! changes from run to run (times of reading, cursors) was replaced.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::route::Action;

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The operation.
    pub operation: String,
    /// Unique in it.
    pub name: String,
    /// What it shows.
    pub summary: String,
    /// The path, with its query.
    pub path: String,
    /// The body.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub answer: Value,
}

/// All of them.
pub fn recorded() -> Vec<Example> {
    // A test reads the file too, and fails if it is not what it should be.
    serde_json::from_str(include_str!("examples.json")).unwrap_or_default()
}

/// Those of an action.
pub(super) fn of<'e>(all: &'e [Example], action: &Action) -> Vec<&'e Example> {
    all.iter()
        .filter(|example| example.operation == action.name)
        .collect()
}

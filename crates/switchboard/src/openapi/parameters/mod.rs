//! The parameters: each described once, those of the query and the head as components, those of a path where the
//! path is, since their examples differ.

mod head;
mod path;
mod query;

use serde_json::{Map, Value, json};

use super::examples::Example;
use super::reference;
use crate::api::route::{Action, Query, Route};

pub(super) use self::path::variables;

/// Of the query, and of the head.
pub(super) fn components() -> Value {
    let queries = Query::ALL.map(|query| (query.name(), "query", query::about(query), query::schema(query)));
    let heads = head::ALL.map(|name| (name, "header", head::about(name), head::schema(name)));
    let parameter = |(name, place, description, schema): (&str, _, _, _)| {
        let parameter = json!({ "name": name, "in": place, "description": description, "schema": schema });
        (name.to_owned(), parameter)
    };
    let components: Map<_, _> = queries.into_iter().chain(heads).map(parameter).collect();
    Value::Object(components)
}

/// Those of an action.
pub(super) fn of(route: &Route, action: &Action, examples: &[&Example]) -> Vec<Value> {
    let path = variables(route).map(|name| path::parameter(route, name, examples));
    let query = action.query.iter().map(|query| query.name());
    let other = query.chain(head::of(action));
    path.chain(other.map(|name| reference("parameters", name)))
        .collect()
}

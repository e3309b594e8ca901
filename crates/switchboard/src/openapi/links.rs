//! Where a page leads: to the next one, and to what can be done with its items.

use serde_json::{Map, Value, json};

use super::parameters::variables;
use crate::api::route::{Action, Query, Route};
use crate::api::routes::TABLES;

/// The links of a page.
pub(super) fn of_page(page: &Route, action: &Action) -> Value {
    let mut links = Map::new();
    if action.query.contains(&Query::Cursor) {
        let mut next = inherited(page);
        next.insert("cursor".to_owned(), "$response.body#/next_cursor".into());
        links.insert(
            "next".to_owned(),
            json!({ "operationId": action.name, "parameters": next, "description": "The next page." }),
        );
    }
    for route in TABLES.into_iter().flatten() {
        let Some(item) = item_variable(page, route) else {
            continue;
        };
        // An account is known by its name, everything else by its id.
        let key = if item == "connection" { "name" } else { "id" };
        let mut parameters = inherited(page);
        parameters.insert(item.to_owned(), format!("$response.body#/data/0/{key}").into());
        for action in route.actions {
            let link = json!({
                "operationId": action.name,
                "parameters": parameters,
                "description": format!("With the first item: {}.", action.summary),
            });
            links.insert(action.name.to_owned(), link);
        }
    }
    Value::Object(links)
}

/// The variable that stands for an item of the page in a path below it, if it is the only one more.
fn item_variable(page: &Route, route: &Route) -> Option<&'static str> {
    let below = route.template.strip_prefix(page.template)?.strip_prefix("/{")?;
    let more = variables(route).count() - variables(page).count();
    below.split('}').next().filter(|_| more == 1)
}

/// The variables of the page's own path.
fn inherited(page: &Route) -> Map<String, Value> {
    variables(page)
        .map(|name| (name.to_owned(), format!("$request.path.{name}").into()))
        .collect()
}

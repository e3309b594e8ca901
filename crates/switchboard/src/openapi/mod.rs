//! The description of the API, generated: paths from the table of routes, schemas from the types that are
//! written out, problems from the catalogue, what providers can do from their profiles.

mod document;
mod examples;
mod forms;
mod headers;
mod links;
mod parameters;
mod paths;
mod requirements;
mod responses;
mod schemas;
mod yaml;

use serde_json::{Value, json};

pub use self::examples::{Example, recorded};

/// The document.
pub fn document() -> Value {
    let mut document = document::frame();
    set(&mut document, "paths", paths::all());
    let components = json!({
        "securitySchemes": document::security_schemes(),
        "parameters": parameters::components(),
        "headers": headers::components(),
        "responses": responses::components(),
        "schemas": schemas::components(),
    });
    set(&mut document, "components", components);
    document
}

/// The document as JSON text.
pub fn json() -> String {
    format!("{:#}\n", document())
}

/// The document as YAML text.
pub fn yaml() -> String {
    yaml::text(&document())
}

/// Adds a member to an object.
fn set(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value);
    }
}

/// A reference to a component.
fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

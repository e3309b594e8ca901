//! What each problem means, told without a credential.

use layers::Draft;
use model::{Code, Error, Result};
use schemars::JsonSchema;
use serde::Serialize;

use super::endpoint::Endpoint;
use super::input::Input;
use super::json;
use super::route::{Action, Gives, Route};
use crate::gateway::Gateway;
use crate::problem;

/// `Cache-Control` of what only a new version of the gateway changes.
pub const PUBLIC: &str = "public, max-age=300";

/// The routes of this file.
pub const ROUTES: &[Route] = &[Route {
    template: "/problems/{code}",
    public: true,
    actions: &[Action::own(
        "get_problem",
        "What a problem means and what to do about it",
        Gives::One("ProblemType"),
        parse_problem,
    )],
}];

/// What a problem means.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProblemType {
    /// Its address, the `type` of problems.
    #[serde(rename = "type")]
    kind: String,
    /// Its stable name.
    code: &'static str,
    /// It in a few words.
    title: &'static str,
    /// The HTTP status that it has as a rule.
    status: u16,
    /// What it means and what to do about it.
    description: &'static str,
}

fn parse_problem(input: &mut Input<'_>, _: &Gateway) -> Result<Endpoint> {
    let name = input.text("code")?;
    let code = Code::ALL.into_iter().find(|code| code.as_str() == name);
    code.map(Endpoint::Problem)
        .ok_or_else(|| Error::client(Code::NotFound, "There is no problem of that name."))
}

/// What a problem means.
pub fn describe(code: Code) -> Result<Draft> {
    let (title, description) = problem::describe(code);
    page(&ProblemType {
        kind: format!("/problems/{}", code.as_str()),
        code: code.as_str(),
        title,
        status: problem::status(code).as_u16(),
        description,
    })
}

fn page(content: &impl Serialize) -> Result<Draft> {
    Ok(Draft {
        cache_control: PUBLIC,
        ..Draft::json(json::bytes(content)?)
    })
}

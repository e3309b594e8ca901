//! What the gateway says about itself without a credential: its index, and what each problem means.

use layers::Draft;
use model::{Code, Error, Result};
use serde_json::json;

use super::endpoint::Endpoint;
use super::input::Input;
use super::route::{Action, Gives, Route};
use crate::gateway::Gateway;
use crate::problem;

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        template: "/",
        public: true,
        actions: &[Action::own("Where to begin", Gives::Document(JSON), |_, _| {
            Ok(Endpoint::Index)
        })],
    },
    Route {
        template: "/problems/{code}",
        public: true,
        actions: &[Action::own(
            "What a problem means and what to do about it",
            Gives::Document(JSON),
            parse_problem,
        )],
    },
];

const JSON: &str = "application/json";

fn parse_problem(input: &mut Input<'_>, _: &Gateway) -> Result<Endpoint> {
    let name = input.text("code")?;
    let code = Code::ALL.into_iter().find(|code| code.as_str() == name);
    code.map(Endpoint::Problem)
        .ok_or_else(|| Error::client(Code::NotFound, "There is no problem of that name."))
}

/// Where to begin.
pub fn index() -> Draft {
    let names = Code::ALL.map(Code::as_str);
    let mut problems = Vec::from(names);
    problems.dedup();
    page(&json!({
        "name": "switchboard",
        "version": env!("CARGO_PKG_VERSION"),
        "connections": "/v1/connections",
        "services": "/v1/services",
        "conversations": "/v1/conversations",
        "numbers": "/v1/numbers",
        "conversation_webhooks": "/v1/conversations/{id}/webhooks",
        "webhook_deliveries": "/v1/conversations/{id}/webhook-deliveries",
        "problems": problems.iter().map(|code| format!("/problems/{code}")).collect::<Vec<_>>(),
    }))
}

/// What a problem means.
pub fn describe(code: Code) -> Draft {
    let (title, description) = problem::describe(code);
    page(&json!({
        "type": format!("/problems/{}", code.as_str()),
        "code": code.as_str(),
        "title": title,
        "status": problem::status(code).as_u16(),
        "description": description,
    }))
}

fn page(content: &serde_json::Value) -> Draft {
    Draft {
        cache_control: "public, max-age=300",
        ..Draft::json(content.to_string())
    }
}

//! `POST /v1/explain`: what the gateway would do with a request, as the admin listener tells it too.

use layers::{Draft, NO_STORE, Permission};
use model::Result;

use super::call::Call;
use super::endpoint::Endpoint;
use super::json;
use super::route::{Action, Gives, Route, Takes, Verb};
use crate::explain;

/// Its path.
pub const PATH: &str = "/v1/explain";

/// The route of this file.
pub const ROUTES: &[Route] = &[Route {
    template: PATH,
    public: false,
    actions: &[Action::own(
        "explain",
        "What would be done with a request, without doing it",
        Gives::One("Explanation"),
        |_, _| Ok(Endpoint::Explain),
    )
    .by(Verb::Post, Takes::Question)
    .for_whom(Permission::Admin)],
}];

/// Tells it.
pub async fn post(call: &Call) -> Result<Draft> {
    let question = call.brought.question(&call.gateway.config, call.sight()?)?;
    let explanation = explain::explain(&call.gateway, question).await?;
    Ok(Draft {
        cache_control: NO_STORE,
        ..Draft::json(json::bytes(&explanation)?)
    })
}

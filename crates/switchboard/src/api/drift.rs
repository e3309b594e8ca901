//! `/v1/drift`: where providers' answers differ from the schema that the gateway knows, as it has seen so far.

use layers::{Draft, NO_STORE, Permission};
use model::Result;
use serde::Serialize;

use super::call::Call;
use super::endpoint::Endpoint;
use super::json;
use super::route::{Action, Gives, Route};
use crate::drift::Entry;

/// The route of this file.
pub const ROUTES: &[Route] = &[Route {
    template: "/v1/drift",
    public: false,
    actions: &[Action::own(
        "list_drift",
        "Where providers' answers differ from the schema that the gateway knows",
        Gives::Page("Drift"),
        |_, _| Ok(Endpoint::ListDrift),
    )
    .for_whom(Permission::Admin)],
}];

/// All of it: it is bounded where it is recorded.
pub fn list(call: &Call) -> Result<Draft> {
    let (gateway, sight) = (&call.gateway, call.sight()?);
    let mut data = gateway.drift.entries();
    data.retain(|entry| sight.provider(entry.provider, gateway));
    let body = json::bytes(&Seen {
        data,
        next_cursor: None,
        sources: [],
    })?;
    Ok(Draft {
        cache_control: NO_STORE,
        ..Draft::json(body)
    })
}

/// The envelope of a list that ends on its first page; no provider is asked for this one.
#[derive(Serialize)]
struct Seen {
    data: Vec<Entry>,
    next_cursor: Option<String>,
    sources: [(); 0],
}

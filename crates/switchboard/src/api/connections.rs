//! `/v1/connections`: the accounts that the client may use, and what their providers can do.

use layers::Draft;
use model::{ConnectionName, Result};
use serde::Serialize;

use super::call::Call;
use super::endpoint::Endpoint;
use super::envelope::next_link;
use super::input::{Input, PageQuery};
use super::json;
use super::route::{Action, Gives, Query, Route};
use crate::connection::Connection;
use crate::cursor::Cursor;
use crate::gateway::Gateway;

const LIST: &str = "/v1/connections";

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        template: LIST,
        public: false,
        actions: &[Action::own(
            "list_connections",
            "The accounts that the client may use",
            Gives::Page("Connection"),
            parse_list,
        )
        .query(&[Query::Limit, Query::Cursor])],
    },
    Route {
        template: "/v1/connections/{connection}",
        public: false,
        actions: &[Action::own(
            "get_connection",
            "One account: its health, and what its provider can do",
            Gives::One("Connection"),
            |input, _| Ok(Endpoint::GetConnection(input.connection_name("connection")?)),
        )],
    },
];

fn parse_list(input: &mut Input<'_>, gateway: &Gateway) -> Result<Endpoint> {
    Ok(Endpoint::ListConnections(
        input.take_page(&gateway.seal, || LIST.to_owned())?,
    ))
}

/// A page of them.
pub fn list(call: &Call, page: &PageQuery) -> Result<Draft> {
    let connections = call.connections(None)?;
    let after = page.cursor.as_ref().map(|cursor| &cursor.connection);
    let mut rest = connections
        .into_iter()
        .skip_while(|connection| after.is_some_and(|name| *name != connection.name));
    let items = rest
        .by_ref()
        .take(page.limit)
        .map(Connection::view)
        .collect::<Vec<_>>();
    let next = rest.next().map(|next| Cursor {
        connection: next.name.clone(),
        token: None,
    });
    let cursor = next.map(|next| call.gateway.seal.seal(LIST, &next)).transpose()?;
    let link = cursor
        .as_deref()
        .map(|cursor| next_link(LIST, page.limit, cursor, false))
        .transpose()?;
    let body = json::bytes(&Connections {
        data: items,
        next_cursor: cursor,
        sources: [],
    })?;
    Ok(Draft {
        headers: link.into_iter().collect(),
        ..Draft::json(body)
    })
}

/// One of them.
pub fn get(call: &Call, name: &ConnectionName) -> Result<Draft> {
    Ok(Draft::json(json::bytes(&call.gateway.connection(name)?.view())?))
}

/// The envelope of a list; no provider is asked for this one.
#[derive(Serialize)]
struct Connections {
    data: Vec<model::Connection>,
    next_cursor: Option<String>,
    sources: [(); 0],
}

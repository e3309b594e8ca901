//! `/v1/services`: what groups conversations, over all connections.

use layers::Draft;
use model::{ConnectionName, Operation, Result};

use super::call::Call;
use super::endpoint::Endpoint;
use super::input::{Input, PageQuery};
use super::list::{self, List};
use super::route::Route;
use crate::gateway::Gateway;

/// The routes of this file.
pub const ROUTES: &[Route] = &[Route {
    template: "/v1/services",
    public: false,
    operation: Some(Operation::ListServices),
    parse: parse_list,
}];

fn parse_list(input: &mut Input<'_>, gateway: &Gateway) -> Result<Endpoint> {
    let connection = input.take_connection()?;
    let page = input.take_page(&gateway.seal, || name(connection.as_ref()))?;
    Ok(Endpoint::ListServices(connection, page))
}

/// A page of them.
pub async fn list(call: &Call, connection: Option<&ConnectionName>, page: &PageQuery) -> Result<Draft> {
    let connections = call.connections(connection)?;
    let list = List {
        call,
        operation: Operation::ListServices,
        name: name(connection),
        page,
    };
    list.answer(&connections, |connection, page| {
        connection.provider.list_services(&connection.account, page)
    })
    .await
}

fn name(connection: Option<&ConnectionName>) -> String {
    list::name(
        "/v1/services",
        &[("connection", connection.map(ConnectionName::as_str))],
    )
}

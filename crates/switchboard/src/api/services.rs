//! `/v1/services`: what groups conversations, over all connections.

use layers::Draft;
use model::{ConnectionName, Operation, ResourceId, Result};

use super::call::Call;
use super::endpoint::Endpoint;
use super::input::{Input, PageQuery};
use super::list::{self, List};
use super::render;
use super::route::{Action, Gives, Query, Route};
use crate::exchange;
use crate::gateway::Gateway;

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        template: "/v1/services",
        public: false,
        actions: &[Action::read(
            Operation::ListServices,
            "What groups conversations, over all connections",
            Gives::Page("Service"),
            parse_list,
        )
        .query(&[Query::Connection, Query::Limit, Query::Cursor, Query::Include])],
    },
    Route {
        template: "/v1/services/{id}",
        public: false,
        actions: &[Action::read(
            Operation::GetService,
            "One service",
            Gives::One("Service"),
            |input, _| Ok(Endpoint::GetService(input.resource_id("id")?)),
        )],
    },
];

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

/// One of them.
pub async fn get(call: &Call, service: &ResourceId) -> Result<Draft> {
    let connection = call.gateway.connection(&service.connection)?;
    let found = exchange::call(
        connection,
        Operation::GetService,
        call.caller(),
        |provider, account| provider.get_service(account, &service.native),
    );
    render::one(call, found.await?)
}

fn name(connection: Option<&ConnectionName>) -> String {
    list::name(
        "/v1/services",
        &[("connection", connection.map(ConnectionName::as_str))],
    )
}

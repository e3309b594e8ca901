//! `/v1/numbers`: the addresses that conversations are held through, over all connections.

pub mod webhook;

use layers::Draft;
use model::{Operation, ResourceId, Result};

use super::call::Call;
use super::endpoint::{Endpoint, NumberFilter};
use super::input::{Input, PageQuery};
use super::list::{self, List};
use super::render;
use super::route::{Action, Gives, Query, Route};
use crate::exchange;
use crate::gateway::Gateway;

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        template: "/v1/numbers",
        public: false,
        actions: &[Action::read(
            Operation::ListNumbers,
            "Addresses that conversations are held through, over all connections",
            Gives::Page("Number"),
            parse_list,
        )
        .query(&[
            Query::Connection,
            Query::Channel,
            Query::Limit,
            Query::Cursor,
            Query::Include,
        ])],
    },
    Route {
        template: "/v1/numbers/{id}",
        public: false,
        actions: &[Action::read(
            Operation::GetNumber,
            "One number",
            Gives::One("Number"),
            |input, _| Ok(Endpoint::GetNumber(input.resource_id("id")?)),
        )],
    },
];

fn parse_list(input: &mut Input<'_>, gateway: &Gateway) -> Result<Endpoint> {
    let filter = NumberFilter {
        connection: input.take_connection()?,
        channel: input.take("channel"),
    };
    let page = input.take_page(&gateway.seal, || name(&filter))?;
    Ok(Endpoint::ListNumbers(filter, page))
}

/// A page of them.
pub async fn list(call: &Call, filter: &NumberFilter, page: &PageQuery) -> Result<Draft> {
    let connections = call.connections(filter.connection.as_ref())?;
    let list = List {
        call,
        operation: Operation::ListNumbers,
        name: name(filter),
        page,
    };
    list.answer(&connections, |connection, page| {
        connection
            .provider
            .list_numbers(&connection.account, filter.channel.as_deref(), page)
    })
    .await
}

/// One of them.
pub async fn get(call: &Call, number: &ResourceId) -> Result<Draft> {
    let connection = call.gateway.connection(&number.connection)?;
    let found = exchange::call(
        connection,
        Operation::GetNumber,
        call.caller(),
        |provider, account| provider.get_number(account, &number.native),
    );
    render::one(call, found.await?)
}

fn name(filter: &NumberFilter) -> String {
    let connection = filter.connection.as_ref().map(model::ConnectionName::as_str);
    list::name(
        "/v1/numbers",
        &[("connection", connection), ("channel", filter.channel.as_deref())],
    )
}

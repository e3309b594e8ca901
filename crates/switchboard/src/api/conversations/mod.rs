//! `/v1/conversations`, over all connections, and what is below one of them.

pub mod deliveries;
pub mod webhooks;

use layers::Draft;
use model::{ConversationFilter, Error, Operation, ResourceId, Result, Timestamp};

use super::call::Call;
use super::endpoint::{ConversationQuery, Endpoint};
use super::input::{Input, PageQuery};
use super::list::{self, List};
use super::render;
use super::route::{Action, Gives, Query, Route};
use crate::exchange;
use crate::gateway::Gateway;

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        template: "/v1/conversations",
        public: false,
        actions: &[Action::read(
            Operation::ListConversations,
            "Conversations, over all connections",
            Gives::Page("Conversation"),
            parse_list,
        )
        .query(FILTERS)],
    },
    Route {
        template: "/v1/conversations/{id}",
        public: false,
        actions: &[Action::read(
            Operation::GetConversation,
            "One conversation",
            Gives::One("Conversation"),
            |input, _| Ok(Endpoint::GetConversation(input.resource_id("id")?)),
        )],
    },
];

const FILTERS: &[Query] = &[
    Query::Connection,
    Query::ServiceId,
    Query::Status,
    Query::UserNumber,
    Query::AgentNumber,
    Query::CreatedAfter,
    Query::CreatedBefore,
    Query::Limit,
    Query::Cursor,
    Query::Include,
];

fn parse_list(input: &mut Input<'_>, gateway: &Gateway) -> Result<Endpoint> {
    let query = parse_query(input)?;
    let page = input.take_page(&gateway.seal, || name(&query))?;
    Ok(Endpoint::ListConversations(query, page))
}

fn parse_query(input: &mut Input<'_>) -> Result<ConversationQuery> {
    let mut connection = input.take_connection()?;
    let service = input.take("service_id").map(|text| text.parse::<ResourceId>());
    let service = service
        .transpose()
        .map_err(|error| Error::parameter("service_id", error.to_string()))?;
    if let Some(service) = &service {
        if connection
            .as_ref()
            .is_some_and(|name| *name != service.connection)
        {
            return Err(Error::parameter(
                "service_id",
                "a service of another connection than `connection`",
            ));
        }
        connection = Some(service.connection.clone());
    }
    let filter = ConversationFilter {
        service: service.map(|service| service.native),
        status: input.take("status"),
        user_number: take_number(input, "user_number")?,
        agent_number: take_number(input, "agent_number")?,
        created_after: take_time(input, "created_after")?,
        created_before: take_time(input, "created_before")?,
    };
    Ok(ConversationQuery { connection, filter })
}

fn take_number(input: &mut Input<'_>, name: &str) -> Result<Option<String>> {
    match input.take(name) {
        Some(number) if number.starts_with(' ') => Err(Error::parameter(
            name,
            "a `+` in a query is a space; write it as `%2B`",
        )),
        number => Ok(number),
    }
}

fn take_time(input: &mut Input<'_>, name: &str) -> Result<Option<Timestamp>> {
    let Some(text) = input.take(name) else {
        return Ok(None);
    };
    let time = Timestamp::parse(&text);
    time.map(Some)
        .ok_or_else(|| Error::parameter(name, "an RFC 3339 time such as `2026-01-31T00:00:00Z`"))
}

/// A page of them.
pub async fn list(call: &Call, query: &ConversationQuery, page: &PageQuery) -> Result<Draft> {
    let connections = call.connections(query.connection.as_ref())?;
    let list = List {
        call,
        operation: Operation::ListConversations,
        name: name(query),
        page,
    };
    list.answer(&connections, |connection, page| {
        connection
            .provider
            .list_conversations(&connection.account, &query.filter, page)
    })
    .await
}

/// One of them.
pub async fn get(call: &Call, conversation: &ResourceId) -> Result<Draft> {
    let connection = call.gateway.connection(&conversation.connection)?;
    let found = exchange::call(
        connection,
        Operation::GetConversation,
        call.caller(),
        |provider, account| provider.get_conversation(account, &conversation.native),
    );
    render::one(call, found.await?)
}

fn name(query: &ConversationQuery) -> String {
    let ConversationQuery { connection, filter } = query;
    let ConversationFilter {
        service,
        status,
        user_number,
        agent_number,
        created_after,
        created_before,
    } = filter;
    let service = connection
        .as_ref()
        .zip(service.as_ref())
        .map(|(name, native)| format!("{name}:{native}"));
    let filters = [
        (
            "connection",
            connection.as_ref().map(model::ConnectionName::as_str),
        ),
        ("service_id", service.as_deref()),
        ("status", status.as_deref()),
        ("user_number", user_number.as_deref()),
        ("agent_number", agent_number.as_deref()),
        ("created_after", created_after.as_ref().map(Timestamp::as_str)),
        ("created_before", created_before.as_ref().map(Timestamp::as_str)),
    ];
    list::name("/v1/conversations", &filters)
}

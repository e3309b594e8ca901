//! What can be asked of the API, parsed: the canonical form of a request, and so the heart of its cache key.

use model::{Code, ConnectionName, ConversationFilter, NativeId, ResourceId, Result};

use super::input::PageQuery;

/// A parsed request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `/`
    Index,
    /// `/problems/{code}`
    Problem(Code),
    /// `OPTIONS` of any path: the methods of its template.
    Options(&'static str),
    /// `/v1/connections`
    ListConnections(PageQuery),
    /// `/v1/connections/{connection}`
    GetConnection(ConnectionName),
    /// `/v1/services`
    ListServices(Option<ConnectionName>, PageQuery),
    /// `/v1/conversations`
    ListConversations(ConversationQuery, PageQuery),
    /// `/v1/conversations/{id}`
    GetConversation(ResourceId),
    /// `/v1/conversations/{id}/webhooks`
    ListConversationWebhooks(ResourceId, PageQuery),
    /// `/v1/conversations/{id}/webhooks/{webhook_id}`
    GetConversationWebhook(ResourceId, NativeId),
    /// `/v1/conversations/{id}/webhook-deliveries`
    ListWebhookDeliveries(ResourceId, PageQuery),
    /// `/v1/conversations/{id}/webhook-deliveries/{delivery_id}`
    GetWebhookDelivery(ResourceId, NativeId),
    /// `/v1/numbers`
    ListNumbers(NumberFilter, PageQuery),
    /// `/v1/numbers/{id}`
    GetNumber(ResourceId),
}

/// What a request asks for, or why it asks for nothing.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The endpoint.
    pub endpoint: Result<Endpoint>,
    /// Whether the provider's own JSON is wanted too.
    pub raw: bool,
}

/// Which conversations.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConversationQuery {
    /// Of one connection.
    pub connection: Option<ConnectionName>,
    /// And what the provider is asked to narrow them down to.
    pub filter: ConversationFilter,
}

/// Which numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NumberFilter {
    /// Of one connection.
    pub connection: Option<ConnectionName>,
    /// On one channel.
    pub channel: Option<String>,
}

/// A kind of resource, as caching sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheKind {
    /// Conversations and the services that they belong to.
    Conversations,
    /// Webhooks of any scope.
    Webhooks,
    /// Deliveries.
    Deliveries,
    /// Numbers.
    Numbers,
}

impl CacheKind {
    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conversations => "conversations",
            Self::Webhooks => "webhooks",
            Self::Deliveries => "deliveries",
            Self::Numbers => "numbers",
        }
    }
}

impl Endpoint {
    /// How its answers are cached; `None` for what the gateway answers from itself.
    pub const fn cache_kind(&self) -> Option<CacheKind> {
        match self {
            Self::Index
            | Self::Problem(_)
            | Self::Options(_)
            | Self::ListConnections(_)
            | Self::GetConnection(_) => None,
            Self::ListServices(..) | Self::ListConversations(..) | Self::GetConversation(_) => {
                Some(CacheKind::Conversations)
            }
            Self::ListConversationWebhooks(..) | Self::GetConversationWebhook(..) => {
                Some(CacheKind::Webhooks)
            }
            Self::ListWebhookDeliveries(..) | Self::GetWebhookDelivery(..) => Some(CacheKind::Deliveries),
            Self::ListNumbers(..) | Self::GetNumber(_) => Some(CacheKind::Numbers),
        }
    }

    /// The connection that it names.
    pub const fn connection(&self) -> Option<&ConnectionName> {
        match self {
            Self::Index | Self::Problem(_) | Self::Options(_) | Self::ListConnections(_) => None,
            Self::GetConnection(name) => Some(name),
            Self::ListServices(connection, _) => connection.as_ref(),
            Self::ListConversations(query, _) => query.connection.as_ref(),
            Self::ListNumbers(filter, _) => filter.connection.as_ref(),
            Self::GetConversation(id)
            | Self::ListConversationWebhooks(id, _)
            | Self::GetConversationWebhook(id, _)
            | Self::ListWebhookDeliveries(id, _)
            | Self::GetWebhookDelivery(id, _)
            | Self::GetNumber(id) => Some(&id.connection),
        }
    }

    /// The global id of the thing that it is about, for purging: the conversation or the number.
    pub const fn subject(&self) -> Option<&ResourceId> {
        match self {
            Self::GetConversation(id)
            | Self::ListConversationWebhooks(id, _)
            | Self::GetConversationWebhook(id, _)
            | Self::ListWebhookDeliveries(id, _)
            | Self::GetWebhookDelivery(id, _)
            | Self::GetNumber(id) => Some(id),
            _ => None,
        }
    }
}

//! What can be asked of the API, parsed: the canonical form of a request, and so the heart of its cache key.

use std::sync::Arc;

use http::Method;
use model::{
    AccountScope, Code, ConnectionName, ConversationFilter, NativeId, Operation, Phase, ResourceId, Result,
};

use super::asset::Asset;
use super::input::PageQuery;
use super::route::Route;
use crate::gateway::Gateway;

/// A parsed request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `/problems/{code}`
    Problem(Code),
    /// `/`, `/openapi.json`, `/docs`, and what these pages consist of
    Asset(&'static Asset),
    /// `OPTIONS` of any path: the methods of its template.
    Options(String),
    /// `/v1/connections`
    ListConnections(PageQuery),
    /// `/v1/connections/{connection}`
    GetConnection(ConnectionName),
    /// `/v1/services`
    ListServices(Option<ConnectionName>, PageQuery),
    /// `/v1/services/{id}`
    GetService(ResourceId),
    /// `/v1/connections/{connection}/webhooks`, `/v1/services/{id}/webhooks`
    ListScopeWebhooks(ScopeId, PageQuery),
    /// `…/webhooks/{phase}`
    GetScopeWebhook(ScopeId, Phase),
    /// `/v1/conversations`
    ListConversations(ConversationQuery, PageQuery),
    /// `/v1/conversations/{id}`
    GetConversation(ResourceId),
    /// `/v1/conversations/{id}/webhooks`
    ListConversationWebhooks(ResourceId, Reach, PageQuery),
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
    /// `/v1/numbers/{id}/webhook`
    GetNumberWebhook(ResourceId),
    /// `/v1/overview`
    Overview,
    /// `/v1/drift`
    ListDrift,
    /// `POST /v1/explain`
    Explain,
    /// Anything that changes something.
    Write(Write),
}

/// A parsed request that changes something; what it wants is in its body.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Write {
    /// `POST /v1/conversations/{id}/webhooks`
    CreateConversationWebhook(ResourceId),
    /// `PATCH /v1/conversations/{id}/webhooks/{webhook_id}`
    UpdateConversationWebhook(ResourceId, NativeId),
    /// `DELETE /v1/conversations/{id}/webhooks/{webhook_id}`
    DeleteConversationWebhook(ResourceId, NativeId),
    /// `POST /v1/conversations/{id}/webhook-deliveries/{delivery_id}/redeliver`
    Redeliver(ResourceId, NativeId),
    /// `PUT /v1/numbers/{id}/webhook`
    ReplaceNumberWebhook(ResourceId),
    /// `DELETE /v1/numbers/{id}/webhook`
    DeleteNumberWebhook(ResourceId),
    /// `PATCH …/webhooks/{phase}` of an account or a service
    UpdateScopeWebhook(ScopeId, Phase, Linked),
}

/// An account, or a service of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ScopeId {
    /// Which account.
    pub connection: ConnectionName,
    /// All of it, or which service.
    pub scope: AccountScope,
}

/// Which webhooks of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Those that stand below it.
    Own,
    /// All that are known to apply to it.
    Effective,
}

/// Whether a change may alter the other webhook of the scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Linked(pub bool);

/// What a request asks for, or why it asks for nothing.
#[derive(Clone)]
pub struct Parsed {
    /// Of whom it is asked.
    pub gateway: Arc<Gateway>,
    /// The path that it matched.
    pub route: &'static Route,
    /// The endpoint.
    pub endpoint: Result<Endpoint>,
    /// The place of the connection that it names.
    pub place: Option<u32>,
    /// Whether the provider's own JSON is wanted too.
    pub raw: bool,
}

impl Parsed {
    /// The media types of its answer.
    pub fn media_types(&self, method: &Method) -> &'static [&'static str] {
        let action = self.route.action(method);
        action.map_or(&["application/json"], |action| action.gives.media_types())
    }
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
    /// How its answers are cached; `None` for writes, and for what the gateway answers from itself.
    pub const fn cache_kind(&self) -> Option<CacheKind> {
        match self {
            Self::Problem(_)
            | Self::Asset(_)
            | Self::Options(_)
            | Self::ListConnections(_)
            | Self::GetConnection(_)
            | Self::Overview
            | Self::ListDrift
            | Self::Explain
            | Self::Write(_) => None,
            Self::ListServices(..)
            | Self::GetService(_)
            | Self::ListConversations(..)
            | Self::GetConversation(_) => Some(CacheKind::Conversations),
            Self::ListConversationWebhooks(..)
            | Self::GetConversationWebhook(..)
            | Self::ListScopeWebhooks(..)
            | Self::GetScopeWebhook(..)
            | Self::GetNumberWebhook(_) => Some(CacheKind::Webhooks),
            Self::ListWebhookDeliveries(..) | Self::GetWebhookDelivery(..) => Some(CacheKind::Deliveries),
            Self::ListNumbers(..) | Self::GetNumber(_) => Some(CacheKind::Numbers),
        }
    }

    /// The connection that it names.
    pub const fn connection(&self) -> Option<&ConnectionName> {
        match self {
            Self::Problem(_)
            | Self::Asset(_)
            | Self::Options(_)
            | Self::ListConnections(_)
            | Self::Overview
            | Self::ListDrift
            | Self::Explain => None,
            Self::GetConnection(name) => Some(name),
            Self::ListServices(connection, _) => connection.as_ref(),
            Self::ListConversations(query, _) => query.connection.as_ref(),
            Self::ListNumbers(filter, _) => filter.connection.as_ref(),
            Self::ListScopeWebhooks(scope, _) | Self::GetScopeWebhook(scope, _) => Some(&scope.connection),
            Self::GetService(id)
            | Self::GetConversation(id)
            | Self::ListConversationWebhooks(id, ..)
            | Self::GetConversationWebhook(id, _)
            | Self::ListWebhookDeliveries(id, _)
            | Self::GetWebhookDelivery(id, _)
            | Self::GetNumber(id)
            | Self::GetNumberWebhook(id) => Some(&id.connection),
            Self::Write(write) => Some(write.connection()),
        }
    }

    /// The global id of the thing that it is about, for purging: the conversation, the number, the service.
    pub const fn subject(&self) -> Option<&ResourceId> {
        match self {
            Self::GetService(id)
            | Self::GetConversation(id)
            | Self::ListConversationWebhooks(id, ..)
            | Self::GetConversationWebhook(id, _)
            | Self::ListWebhookDeliveries(id, _)
            | Self::GetWebhookDelivery(id, _)
            | Self::GetNumber(id)
            | Self::GetNumberWebhook(id) => Some(id),
            _ => None,
        }
    }
}

impl Write {
    /// The connection that it names.
    pub const fn connection(&self) -> &ConnectionName {
        match self {
            Self::CreateConversationWebhook(id)
            | Self::UpdateConversationWebhook(id, _)
            | Self::DeleteConversationWebhook(id, _)
            | Self::Redeliver(id, _)
            | Self::ReplaceNumberWebhook(id)
            | Self::DeleteNumberWebhook(id) => &id.connection,
            Self::UpdateScopeWebhook(scope, ..) => &scope.connection,
        }
    }
}

impl ScopeId {
    /// The operation on its webhooks.
    pub const fn operation(&self, of_account: Operation, of_service: Operation) -> Operation {
        match self.scope {
            AccountScope::Account => of_account,
            AccountScope::Service(_) => of_service,
        }
    }

    /// The path of its webhooks.
    pub fn path(&self) -> String {
        match &self.scope {
            AccountScope::Account => model::path(["v1", "connections", self.connection.as_str(), "webhooks"]),
            AccountScope::Service(service) => {
                let id = format!("{}:{service}", self.connection);
                model::path(["v1", "services", &id, "webhooks"])
            }
        }
    }
}

//! The neutral API: the table of routes, and a folder or file for each resource, as in the URLs.

pub mod asset;
pub mod brought;
pub mod call;
pub mod connections;
pub mod console;
pub mod conversations;
pub mod documents;
pub mod drift;
pub mod endpoint;
pub mod envelope;
pub mod explain;
pub mod input;
pub mod json;
pub mod list;
pub mod numbers;
pub mod overview;
pub mod pages;
pub mod render;
pub mod route;
pub mod routes;
pub mod scope_webhooks;
pub mod services;

use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use http::header::{ALLOW, LINK};
use http::{HeaderValue, StatusCode};
use layers::{Answer, Draft};
use model::{Code, Error, Result};
use tower_service::Service;

pub use self::call::Call;
use self::endpoint::{Endpoint, Write};
pub use self::input::Input;
use crate::audit;

/// The value of `Link` on every answer: where this API is described.
const SERVICE_DESCRIPTION: HeaderValue = HeaderValue::from_static("</openapi.json>; rel=\"service-desc\"");

/// Answers calls: the innermost service of the client stack.
#[derive(Debug, Clone, Copy)]
pub struct Api;

impl Service<Call> for Api {
    type Response = Arc<Answer>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Arc<Answer>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> Self::Future {
        Box::pin(async move {
            match answer(&call).await {
                // What the provider does not have, it may have by another method.
                Err(error) if error.code() == Code::UnsupportedByProvider => Err(error.allow(call.allow())),
                answered => answered,
            }
        })
    }
}

async fn answer(call: &Call) -> Result<Arc<Answer>> {
    let draft = match &call.endpoint {
        Endpoint::Asset(asset) => return asset.answer(),
        Endpoint::Problem(code) => pages::describe(*code),
        Endpoint::Options(methods) => options(methods),
        Endpoint::ListConnections(page) => connections::list(call, page),
        Endpoint::GetConnection(name) => connections::get(call, name),
        Endpoint::ListServices(connection, page) => services::list(call, connection.as_ref(), page).await,
        Endpoint::GetService(service) => services::get(call, service).await,
        Endpoint::ListScopeWebhooks(scope, page) => scope_webhooks::list(call, scope, page).await,
        Endpoint::GetScopeWebhook(scope, phase) => scope_webhooks::get(call, scope, *phase).await,
        Endpoint::ListConversations(query, page) => conversations::list(call, query, page).await,
        Endpoint::GetConversation(conversation) => conversations::get(call, conversation).await,
        Endpoint::ListConversationWebhooks(conversation, reach, page) => {
            conversations::webhooks::list(call, conversation, *reach, page).await
        }
        Endpoint::GetConversationWebhook(conversation, webhook) => {
            conversations::webhooks::get(call, conversation, webhook).await
        }
        Endpoint::ListWebhookDeliveries(conversation, page) => {
            conversations::deliveries::list(call, conversation, page).await
        }
        Endpoint::GetWebhookDelivery(conversation, delivery) => {
            conversations::deliveries::get(call, conversation, delivery).await
        }
        Endpoint::ListNumbers(filter, page) => numbers::list(call, filter, page).await,
        Endpoint::GetNumber(number) => numbers::get(call, number).await,
        Endpoint::GetNumberWebhook(number) => numbers::webhook::get(call, number).await,
        Endpoint::Overview => overview::get(call),
        Endpoint::ListDrift => drift::list(call),
        Endpoint::Explain => {
            let result = explain::post(call).await;
            call.brought.audit(explain::PATH, audit::outcome(&result));
            result
        }
        Endpoint::Write(write) => {
            let result = change(call, write).await;
            let resource = audit::resource(write, &call.gateway.seal);
            call.brought.audit(&resource, audit::outcome(&result));
            result
        }
    };
    draft.map(|mut draft| {
        draft.headers.push((LINK, SERVICE_DESCRIPTION));
        Arc::new(draft.into())
    })
}

async fn change(call: &Call, write: &Write) -> Result<Draft> {
    match write {
        Write::CreateConversationWebhook(conversation) => {
            conversations::webhooks::create(call, conversation).await
        }
        Write::UpdateConversationWebhook(conversation, webhook) => {
            conversations::webhooks::update(call, conversation, webhook).await
        }
        Write::DeleteConversationWebhook(conversation, webhook) => {
            conversations::webhooks::delete(call, conversation, webhook).await
        }
        Write::Redeliver(conversation, delivery) => {
            conversations::deliveries::redeliver(call, conversation, delivery).await
        }
        Write::ReplaceNumberWebhook(number) => numbers::webhook::replace(call, number).await,
        Write::DeleteNumberWebhook(number) => numbers::webhook::delete(call, number).await,
        Write::UpdateScopeWebhook(scope, phase, linked) => {
            scope_webhooks::update(call, scope, *phase, *linked).await
        }
    }
}

fn options(methods: &str) -> Result<Draft> {
    let allow = HeaderValue::try_from(methods).map_err(|error| Error::internal(error.to_string()))?;
    Ok(Draft {
        status: StatusCode::NO_CONTENT,
        headers: vec![(ALLOW, allow)],
        ..Draft::json("")
    })
}

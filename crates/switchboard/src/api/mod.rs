//! The neutral API: the table of routes, and a folder or file for each resource, as in the URLs.

pub mod call;
pub mod connections;
pub mod conversations;
pub mod endpoint;
pub mod envelope;
pub mod input;
pub mod json;
pub mod list;
pub mod numbers;
pub mod pages;
pub mod render;
pub mod route;
pub mod routes;
pub mod services;

use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use http::header::ALLOW;
use http::{HeaderValue, StatusCode};
use layers::{Answer, Draft};
use model::{Error, Result};
use tower_service::Service;

pub use self::call::Call;
use self::endpoint::Endpoint;
pub use self::input::Input;

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
        Box::pin(async move { answer(&call).await.map(|draft| Arc::new(draft.into())) })
    }
}

async fn answer(call: &Call) -> Result<Draft> {
    match &call.endpoint {
        Endpoint::Index => Ok(pages::index()),
        Endpoint::Problem(code) => Ok(pages::describe(*code)),
        Endpoint::Options(methods) => Ok(options(methods)),
        Endpoint::ListConnections(page) => connections::list(call, page),
        Endpoint::GetConnection(name) => connections::get(call, name),
        Endpoint::ListServices(connection, page) => services::list(call, connection.as_ref(), page).await,
        Endpoint::ListConversations(query, page) => conversations::list(call, query, page).await,
        Endpoint::GetConversation(conversation) => conversations::get(call, conversation).await,
        Endpoint::ListConversationWebhooks(conversation, page) => {
            conversations::webhooks::list(call, conversation, page).await
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
    }
}

fn options(methods: &'static str) -> Draft {
    Draft {
        status: StatusCode::NO_CONTENT,
        headers: vec![(ALLOW, HeaderValue::from_static(methods))],
        ..Draft::json("")
    }
}

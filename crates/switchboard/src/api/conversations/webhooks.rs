//! `/v1/conversations/{id}/webhooks`: the callbacks configured for a conversation.

use layers::Draft;
use model::{NativeId, Operation, ResourceId, Result};

use crate::api::call::Call;
use crate::api::endpoint::Endpoint;
use crate::api::input::{Input, PageQuery};
use crate::api::list::List;
use crate::api::render;
use crate::api::route::Route;
use crate::exchange;
use crate::gateway::Gateway;

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        template: "/v1/conversations/{id}/webhooks",
        public: false,
        operation: Some(Operation::ListConversationWebhooks),
        parse: parse_list,
    },
    Route {
        template: "/v1/conversations/{id}/webhooks/{webhook_id}",
        public: false,
        operation: Some(Operation::GetConversationWebhook),
        parse: parse_get,
    },
];

fn parse_list(input: &mut Input<'_>, gateway: &Gateway) -> Result<Endpoint> {
    let conversation = input.resource_id("id")?;
    let page = input.take_page(&gateway.seal, || name(&conversation))?;
    Ok(Endpoint::ListConversationWebhooks(conversation, page))
}

fn parse_get(input: &mut Input<'_>, _: &Gateway) -> Result<Endpoint> {
    Ok(Endpoint::GetConversationWebhook(
        input.resource_id("id")?,
        input.native_id("webhook_id")?,
    ))
}

/// A page of them.
pub async fn list(call: &Call, conversation: &ResourceId, page: &PageQuery) -> Result<Draft> {
    let connection = call.gateway.connection(&conversation.connection)?;
    let list = List {
        call,
        operation: Operation::ListConversationWebhooks,
        name: name(conversation),
        page,
    };
    list.answer(&[connection], |connection, page| {
        connection
            .provider
            .list_conversation_webhooks(&connection.account, &conversation.native, page)
    })
    .await
}

/// One of them.
pub async fn get(call: &Call, conversation: &ResourceId, webhook: &NativeId) -> Result<Draft> {
    let connection = call.gateway.connection(&conversation.connection)?;
    let webhook = exchange::call(
        connection,
        Operation::GetConversationWebhook,
        call.caller(),
        |provider, account| provider.get_conversation_webhook(account, &conversation.native, webhook),
    );
    render::one(call, webhook.await?)
}

fn name(conversation: &ResourceId) -> String {
    model::path(["v1", "conversations", &conversation.to_string(), "webhooks"])
}

//! `/v1/conversations/{id}/webhook-deliveries`: what was sent to callbacks for a conversation.

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
        template: "/v1/conversations/{id}/webhook-deliveries",
        public: false,
        operation: Some(Operation::ListWebhookDeliveries),
        parse: parse_list,
    },
    Route {
        template: "/v1/conversations/{id}/webhook-deliveries/{delivery_id}",
        public: false,
        operation: Some(Operation::GetWebhookDelivery),
        parse: parse_get,
    },
];

fn parse_list(input: &mut Input<'_>, gateway: &Gateway) -> Result<Endpoint> {
    let conversation = input.resource_id("id")?;
    let page = input.take_page(&gateway.seal, || name(&conversation))?;
    Ok(Endpoint::ListWebhookDeliveries(conversation, page))
}

fn parse_get(input: &mut Input<'_>, _: &Gateway) -> Result<Endpoint> {
    Ok(Endpoint::GetWebhookDelivery(
        input.resource_id("id")?,
        input.native_id("delivery_id")?,
    ))
}

/// A page of them.
pub async fn list(call: &Call, conversation: &ResourceId, page: &PageQuery) -> Result<Draft> {
    let connection = call.gateway.connection(&conversation.connection)?;
    let list = List {
        call,
        operation: Operation::ListWebhookDeliveries,
        name: name(conversation),
        page,
    };
    list.answer(&[connection], |connection, page| {
        connection
            .provider
            .list_webhook_deliveries(&connection.account, &conversation.native, page)
    })
    .await
}

/// One of them.
pub async fn get(call: &Call, conversation: &ResourceId, delivery: &NativeId) -> Result<Draft> {
    let connection = call.gateway.connection(&conversation.connection)?;
    let delivery = exchange::call(
        connection,
        Operation::GetWebhookDelivery,
        call.caller(),
        |provider, account| provider.get_webhook_delivery(account, &conversation.native, delivery),
    );
    render::one(call, delivery.await?)
}

fn name(conversation: &ResourceId) -> String {
    model::path([
        "v1",
        "conversations",
        &conversation.to_string(),
        "webhook-deliveries",
    ])
}

//! `/v1/conversations/{id}/webhook-deliveries`: what was sent to callbacks for a conversation.

use layers::{Draft, Permission};
use model::{NativeId, Operation, ResourceId, Result};

use crate::api::call::Call;
use crate::api::endpoint::{Endpoint, Write};
use crate::api::input::{Input, PageQuery};
use crate::api::list::List;
use crate::api::render;
use crate::api::route::{Action, Gives, Route, Takes, Verb};
use crate::gateway::Gateway;
use crate::{exchange, gate};

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        template: "/v1/conversations/{id}/webhook-deliveries",
        public: false,
        actions: &[Action::read(
            Operation::ListWebhookDeliveries,
            "What was sent to callbacks for a conversation",
            Gives::Page("WebhookDelivery"),
            parse_list,
        )],
    },
    Route {
        template: "/v1/conversations/{id}/webhook-deliveries/{delivery_id}",
        public: false,
        actions: &[Action::read(
            Operation::GetWebhookDelivery,
            "One delivery, attempt by attempt",
            Gives::One("WebhookDelivery"),
            |input, _| {
                let (conversation, delivery) = parse_ids(input)?;
                Ok(Endpoint::GetWebhookDelivery(conversation, delivery))
            },
        )],
    },
    Route {
        template: "/v1/conversations/{id}/webhook-deliveries/{delivery_id}/redeliver",
        public: false,
        actions: &[Action::write(
            Verb::Post,
            Operation::RedeliverWebhookDelivery,
            "Have a delivery sent once more",
            Some(Takes::Redelivery),
            Gives::Created("WebhookDelivery"),
            |input, _| {
                let (conversation, delivery) = parse_ids(input)?;
                Ok(Endpoint::Write(Write::Redeliver(conversation, delivery)))
            },
        )
        .for_whom(Permission::Redeliver)],
    },
];

fn parse_list(input: &mut Input<'_>, gateway: &Gateway) -> Result<Endpoint> {
    let conversation = input.resource_id("id")?;
    let page = input.take_page(&gateway.seal, || name(&conversation))?;
    Ok(Endpoint::ListWebhookDeliveries(conversation, page))
}

fn parse_ids(input: &Input<'_>) -> Result<(ResourceId, NativeId)> {
    Ok((input.resource_id("id")?, input.native_id("delivery_id")?))
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

/// Has one of them sent once more.
pub async fn redeliver(call: &Call, conversation: &ResourceId, delivery: &NativeId) -> Result<Draft> {
    let connection = call.gateway.connection(&conversation.connection)?;
    gate::check(connection, Operation::RedeliverWebhookDelivery)?;
    let rebuild = call.brought.redelivery()?;
    let _turn = call.turn(conversation).await?;
    let sent = exchange::call(
        connection,
        Operation::RedeliverWebhookDelivery,
        call.caller(),
        |provider, account| {
            provider.redeliver_webhook_delivery(account, &conversation.native, delivery, rebuild)
        },
    )
    .await;
    call.forget(conversation).await;
    let sent = sent?;
    let path = sent.path.clone();
    render::created(call, sent, &path)
}

fn name(conversation: &ResourceId) -> String {
    model::path([
        "v1",
        "conversations",
        &conversation.to_string(),
        "webhook-deliveries",
    ])
}

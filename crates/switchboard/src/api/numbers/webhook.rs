//! `/v1/numbers/{id}/webhook`: the callback of a number.

use layers::Draft;
use model::{Code, Operation, ResourceId, Result, Webhook};

use crate::api::call::Call;
use crate::api::endpoint::{Endpoint, Write};
use crate::api::render;
use crate::api::route::{Action, Gives, Route, Takes, Verb};
use crate::{exchange, gate};

/// The routes of this file.
pub const ROUTES: &[Route] = &[Route {
    template: "/v1/numbers/{id}/webhook",
    public: false,
    actions: &[
        Action::read(
            Operation::GetNumberWebhook,
            "The callback of a number",
            Gives::One("Webhook"),
            |input, _| Ok(Endpoint::GetNumberWebhook(input.resource_id("id")?)),
        ),
        Action::write(
            Verb::Put,
            Operation::ReplaceNumberWebhook,
            "Configure the callback of a number",
            Some(Takes::Webhook),
            Gives::Placed("Webhook"),
            |input, _| {
                Ok(Endpoint::Write(Write::ReplaceNumberWebhook(
                    input.resource_id("id")?,
                )))
            },
        ),
        Action::write(
            Verb::Delete,
            Operation::DeleteNumberWebhook,
            "End calls to the callback of a number; the number stays",
            None,
            Gives::Nothing,
            |input, _| {
                Ok(Endpoint::Write(Write::DeleteNumberWebhook(
                    input.resource_id("id")?,
                )))
            },
        ),
    ],
}];

/// Shows it.
pub async fn get(call: &Call, number: &ResourceId) -> Result<Draft> {
    render::one(call, read(call, number).await?)
}

/// Puts one there, whether or not there was one.
pub async fn replace(call: &Call, number: &ResourceId) -> Result<Draft> {
    let connection = call.gateway.connection(&number.connection)?;
    gate::check(connection, Operation::ReplaceNumberWebhook)?;
    let change = call.brought.webhook(&call.gateway.config.webhooks)?;
    let _turn = call.turn(number).await?;
    let current = match read(call, number).await {
        Err(error) if error.code() == Code::NotFound => None,
        current => Some(current?),
    };
    call.precondition(current.as_ref())?;
    let placed = exchange::call(
        connection,
        Operation::ReplaceNumberWebhook,
        call.caller(),
        |provider, account| provider.replace_number_webhook(account, &number.native, &change),
    )
    .await;
    // Conversations inherit it.
    call.forget_connection(&number.connection).await;
    let placed = placed?;
    if current.is_some() {
        return render::one(call, placed);
    }
    let path = placed.path.clone();
    render::created(call, placed, &path)
}

/// Ends it.
pub async fn delete(call: &Call, number: &ResourceId) -> Result<Draft> {
    let connection = call.gateway.connection(&number.connection)?;
    gate::check(connection, Operation::DeleteNumberWebhook)?;
    let _turn = call.turn(number).await?;
    if call.brought.is_conditional() {
        call.precondition(Some(&read(call, number).await?))?;
    }
    let deleted = exchange::call(
        connection,
        Operation::DeleteNumberWebhook,
        call.caller(),
        |provider, account| provider.delete_number_webhook(account, &number.native),
    )
    .await;
    call.forget_connection(&number.connection).await;
    deleted.map(|()| render::nothing())
}

async fn read(call: &Call, number: &ResourceId) -> Result<Webhook> {
    let connection = call.gateway.connection(&number.connection)?;
    exchange::call(
        connection,
        Operation::GetNumberWebhook,
        call.caller(),
        |provider, account| provider.get_number_webhook(account, &number.native),
    )
    .await
}

//! `/v1/conversations/{id}/webhooks`: the callbacks configured for a conversation.

use layers::Draft;
use model::{NativeId, Operation, ResourceId, Result, Webhook};

use crate::api::call::Call;
use crate::api::endpoint::{Endpoint, Reach, Write};
use crate::api::input::{Input, PageQuery};
use crate::api::list::{self, List};
use crate::api::render;
use crate::api::route::{Action, Gives, Query, Route, Takes, Verb};
use crate::gateway::Gateway;
use crate::{exchange, gate};

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        template: "/v1/conversations/{id}/webhooks",
        public: false,
        actions: &[
            Action::read(
                Operation::ListConversationWebhooks,
                "The callbacks configured for a conversation",
                Gives::Page("Webhook"),
                parse_list,
            )
            .query(&[Query::Effective, Query::Limit, Query::Cursor, Query::Include]),
            Action::write(
                Verb::Post,
                Operation::CreateConversationWebhook,
                "Configure a callback for a conversation",
                Some(Takes::Webhook),
                Gives::Created("Webhook"),
                |input, _| {
                    Ok(Endpoint::Write(Write::CreateConversationWebhook(
                        input.resource_id("id")?,
                    )))
                },
            ),
        ],
    },
    Route {
        template: "/v1/conversations/{id}/webhooks/{webhook_id}",
        public: false,
        actions: &[
            Action::read(
                Operation::GetConversationWebhook,
                "One callback of a conversation",
                Gives::One("Webhook"),
                |input, _| {
                    let (conversation, webhook) = parse_ids(input)?;
                    Ok(Endpoint::GetConversationWebhook(conversation, webhook))
                },
            ),
            Action::write(
                Verb::Patch,
                Operation::UpdateConversationWebhook,
                "Change a callback of a conversation",
                Some(Takes::WebhookPatch),
                Gives::One("Webhook"),
                |input, _| {
                    let (conversation, webhook) = parse_ids(input)?;
                    Ok(Endpoint::Write(Write::UpdateConversationWebhook(
                        conversation,
                        webhook,
                    )))
                },
            ),
            Action::write(
                Verb::Delete,
                Operation::DeleteConversationWebhook,
                "Delete a callback of a conversation",
                None,
                Gives::Nothing,
                |input, _| {
                    let (conversation, webhook) = parse_ids(input)?;
                    Ok(Endpoint::Write(Write::DeleteConversationWebhook(
                        conversation,
                        webhook,
                    )))
                },
            ),
        ],
    },
];

fn parse_list(input: &mut Input<'_>, gateway: &Gateway) -> Result<Endpoint> {
    let conversation = input.resource_id("id")?;
    let reach = if input.take_flag("effective")? {
        Reach::Effective
    } else {
        Reach::Own
    };
    let page = input.take_page(&gateway.seal, || name(&conversation, reach))?;
    Ok(Endpoint::ListConversationWebhooks(conversation, reach, page))
}

fn parse_ids(input: &Input<'_>) -> Result<(ResourceId, NativeId)> {
    Ok((input.resource_id("id")?, input.native_id("webhook_id")?))
}

/// A page of them.
pub async fn list(call: &Call, conversation: &ResourceId, reach: Reach, page: &PageQuery) -> Result<Draft> {
    let connection = call.gateway.connection(&conversation.connection)?;
    let list = List {
        call,
        operation: Operation::ListConversationWebhooks,
        name: name(conversation, reach),
        page,
    };
    list.answer(&[connection], |connection, page| {
        let (provider, account) = (&connection.provider, &connection.account);
        match reach {
            Reach::Own => provider.list_conversation_webhooks(account, &conversation.native, page),
            Reach::Effective => provider.list_effective_webhooks(account, &conversation.native, page),
        }
    })
    .await
}

/// One of them.
pub async fn get(call: &Call, conversation: &ResourceId, webhook: &NativeId) -> Result<Draft> {
    render::one(call, read(call, conversation, webhook).await?)
}

/// Makes one.
pub async fn create(call: &Call, conversation: &ResourceId) -> Result<Draft> {
    let connection = call.gateway.connection(&conversation.connection)?;
    gate::check(connection, Operation::CreateConversationWebhook)?;
    let change = call.brought.webhook(&call.gateway.config.webhooks)?;
    let made = exchange::call(
        connection,
        Operation::CreateConversationWebhook,
        call.caller(),
        |provider, account| provider.create_conversation_webhook(account, &conversation.native, &change),
    )
    .await;
    call.forget(conversation).await;
    let made = made?;
    let path = made.path.clone();
    render::created(call, made, &path)
}

/// Changes one.
pub async fn update(call: &Call, conversation: &ResourceId, webhook: &NativeId) -> Result<Draft> {
    let connection = call.gateway.connection(&conversation.connection)?;
    gate::check(connection, Operation::UpdateConversationWebhook)?;
    let change = call.brought.webhook_patch(&call.gateway.config.webhooks)?;
    let _turn = call.turn(conversation).await?;
    let current = read(call, conversation, webhook).await?;
    call.precondition(Some(&current))?;
    if change.is_empty() {
        return render::one(call, current);
    }
    let changed = exchange::call(
        connection,
        Operation::UpdateConversationWebhook,
        call.caller(),
        |provider, account| {
            provider.update_conversation_webhook(account, &conversation.native, &current, &change)
        },
    )
    .await;
    call.forget(conversation).await;
    render::one(call, changed?)
}

/// Deletes one.
pub async fn delete(call: &Call, conversation: &ResourceId, webhook: &NativeId) -> Result<Draft> {
    let connection = call.gateway.connection(&conversation.connection)?;
    gate::check(connection, Operation::DeleteConversationWebhook)?;
    let _turn = call.turn(conversation).await?;
    if call.brought.is_conditional() {
        call.precondition(Some(&read(call, conversation, webhook).await?))?;
    }
    let deleted = exchange::call(
        connection,
        Operation::DeleteConversationWebhook,
        call.caller(),
        |provider, account| provider.delete_conversation_webhook(account, &conversation.native, webhook),
    )
    .await;
    call.forget(conversation).await;
    deleted.map(|()| render::nothing())
}

async fn read(call: &Call, conversation: &ResourceId, webhook: &NativeId) -> Result<Webhook> {
    let connection = call.gateway.connection(&conversation.connection)?;
    exchange::call(
        connection,
        Operation::GetConversationWebhook,
        call.caller(),
        |provider, account| provider.get_conversation_webhook(account, &conversation.native, webhook),
    )
    .await
}

fn name(conversation: &ResourceId, reach: Reach) -> String {
    let path = model::path(["v1", "conversations", &conversation.to_string(), "webhooks"]);
    let effective = (reach == Reach::Effective).then_some("true");
    list::name(&path, &[("effective", effective)])
}

//! `/v1/connections/{connection}/webhooks` and `/v1/services/{id}/webhooks`: the callbacks of an account and of
//! its services, one before actions and one after.

use layers::Draft;
use model::{AccountScope, Error, Operation, Phase, Result, Webhook};

use super::call::Call;
use super::endpoint::{Endpoint, Linked, ScopeId, Write};
use super::input::{Input, PageQuery};
use super::list::List;
use super::render;
use super::route::{Action, Gives, Query, Route, Takes, Verb};
use crate::gateway::Gateway;
use crate::{exchange, gate};

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route {
        template: "/v1/connections/{connection}/webhooks",
        public: false,
        actions: &[Action::read(
            Operation::ListAccountWebhooks,
            "The callbacks of an account",
            Gives::Page("Webhook"),
            |input, gateway| parse_list(input, gateway, account),
        )],
    },
    Route {
        template: "/v1/connections/{connection}/webhooks/{phase}",
        public: false,
        actions: &[
            Action::read(
                Operation::GetAccountWebhook,
                "The callback of an account before or after actions",
                Gives::One("Webhook"),
                |input, _| parse_get(input, account),
            ),
            Action::write(
                Verb::Patch,
                Operation::UpdateAccountWebhook,
                "Change a callback of an account",
                Some(Takes::WebhookPatch),
                Gives::One("Webhook"),
                |input, _| parse_update(input, account),
            )
            .query(&[Query::Linked, Query::Include]),
        ],
    },
    Route {
        template: "/v1/services/{id}/webhooks",
        public: false,
        actions: &[Action::read(
            Operation::ListServiceWebhooks,
            "The callbacks of a service",
            Gives::Page("Webhook"),
            |input, gateway| parse_list(input, gateway, service),
        )],
    },
    Route {
        template: "/v1/services/{id}/webhooks/{phase}",
        public: false,
        actions: &[
            Action::read(
                Operation::GetServiceWebhook,
                "The callback of a service before or after actions",
                Gives::One("Webhook"),
                |input, _| parse_get(input, service),
            ),
            Action::write(
                Verb::Patch,
                Operation::UpdateServiceWebhook,
                "Change a callback of a service",
                Some(Takes::WebhookPatch),
                Gives::One("Webhook"),
                |input, _| parse_update(input, service),
            )
            .query(&[Query::Linked, Query::Include]),
        ],
    },
];

fn account(input: &Input<'_>) -> Result<ScopeId> {
    Ok(ScopeId {
        connection: input.connection_name("connection")?,
        scope: AccountScope::Account,
    })
}

fn service(input: &Input<'_>) -> Result<ScopeId> {
    let id = input.resource_id("id")?;
    Ok(ScopeId {
        connection: id.connection,
        scope: AccountScope::Service(id.native),
    })
}

type ParseScope = fn(&Input<'_>) -> Result<ScopeId>;

fn parse_list(input: &mut Input<'_>, gateway: &Gateway, scope: ParseScope) -> Result<Endpoint> {
    let scope = scope(input)?;
    let page = input.take_page(&gateway.seal, || scope.path())?;
    Ok(Endpoint::ListScopeWebhooks(scope, page))
}

fn parse_get(input: &Input<'_>, scope: ParseScope) -> Result<Endpoint> {
    Ok(Endpoint::GetScopeWebhook(scope(input)?, parse_phase(input)?))
}

fn parse_update(input: &mut Input<'_>, scope: ParseScope) -> Result<Endpoint> {
    let linked = Linked(input.take_flag("linked")?);
    let write = Write::UpdateScopeWebhook(scope(input)?, parse_phase(input)?, linked);
    Ok(Endpoint::Write(write))
}

fn parse_phase(input: &Input<'_>) -> Result<Phase> {
    match &*input.text("phase")? {
        "before" => Ok(Phase::Before),
        "after" => Ok(Phase::After),
        _ => Err(Error::parameter("phase", "`before` or `after`")),
    }
}

/// A page of them.
pub async fn list(call: &Call, scope: &ScopeId, page: &PageQuery) -> Result<Draft> {
    let connection = call.gateway.connection(&scope.connection)?;
    let list = List {
        call,
        operation: scope.operation(Operation::ListAccountWebhooks, Operation::ListServiceWebhooks),
        name: scope.path(),
        page,
    };
    list.answer(&[connection], |connection, page| {
        let provider = &connection.provider;
        provider.list_scope_webhooks(&connection.account, &scope.scope, page)
    })
    .await
}

/// One of them.
pub async fn get(call: &Call, scope: &ScopeId, phase: Phase) -> Result<Draft> {
    render::one(call, read(call, scope, phase).await?)
}

/// Changes one.
pub async fn update(call: &Call, scope: &ScopeId, phase: Phase, linked: Linked) -> Result<Draft> {
    let connection = call.gateway.connection(&scope.connection)?;
    let operation = scope.operation(Operation::UpdateAccountWebhook, Operation::UpdateServiceWebhook);
    gate::check(connection, operation)?;
    let change = call.brought.webhook_patch(&call.gateway.config.webhooks)?;
    // Both share what the provider has of them, so they share the turn as well.
    let _turn = call.gateway.locks.turn(scope, call.deadline).await?;
    let current = read(call, scope, phase).await?;
    call.precondition(Some(&current))?;
    if change.is_empty() {
        return render::one(call, current);
    }
    let changed = exchange::call(connection, operation, call.caller(), |provider, account| {
        provider.update_scope_webhook(account, &scope.scope, &current, &change, linked.0)
    })
    .await;
    // Conversations show them among those that apply.
    call.forget_connection(&scope.connection).await;
    render::one(call, changed?)
}

async fn read(call: &Call, scope: &ScopeId, phase: Phase) -> Result<Webhook> {
    let connection = call.gateway.connection(&scope.connection)?;
    let operation = scope.operation(Operation::GetAccountWebhook, Operation::GetServiceWebhook);
    exchange::call(connection, operation, call.caller(), |provider, account| {
        provider.get_scope_webhook(account, &scope.scope, phase)
    })
    .await
}

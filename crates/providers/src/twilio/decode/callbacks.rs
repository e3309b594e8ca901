//! The callbacks of an account or a service as two webhooks, and back. They share a method and a list of
//! events, so each carries in its `extra` what the other one says.

use bytes::Bytes;
use model::{
    Account, Drift, DriftKind, Extra, Json, Node, Phase, Predicted, Raw, ScopeType, Source, Target, Webhook,
    path,
};

use super::super::event::phase;
use super::super::sid::{Scope, is_sid};
use super::super::{PROFILE, wire};
use super::{TARGETS, filters, words};

/// The webhook before actions, and the one after.
pub(crate) fn read(
    account: &Account,
    scope: &Scope,
    body: &Bytes,
    node: &Node<'_>,
    drift: &mut Drift,
) -> [Webhook; 2] {
    let wire::Callbacks {
        pre_webhook_url,
        post_webhook_url,
        method,
        filters,
        target,
    } = wire::Callbacks::read(scope, node, drift);
    let method = method.map(|method| super::method(method, &["GET", "POST"], "method", drift));
    let events = words(&filters, "filters", drift);
    let other = target.filter(|target| *target != "webhook");
    if other.is_some_and(|target| target != "flex") {
        drift.note("target", DriftKind::UnknownEnum);
    }
    [(Phase::Before, pre_webhook_url), (Phase::After, post_webhook_url)].map(|(moment, url)| {
        let url = url.filter(|url| !url.is_empty());
        let heard = filters
            .iter()
            .zip(&events)
            .filter(|(name, _)| phase(name) == moment);
        let target = other.map_or_else(
            || Target::Http {
                url: url.map(str::to_owned),
                method: method.clone(),
            },
            |other| Target::Other(TARGETS.word(other)),
        );
        let mut webhook = Webhook {
            target,
            events: heard.map(|(_, event)| event.clone()).collect(),
            enabled: url.is_some(),
            raw: Some(Raw::of(body, node)),
            ..blank(account, scope, moment)
        };
        webhook.extra = Some(Extra::of(PROFILE.provider, node, predict(&webhook)));
        webhook
    })
}

/// One of the two without what is configured.
fn blank(account: &Account, scope: &Scope, moment: Phase) -> Webhook {
    let connection = account.connection.as_str();
    let id = match moment {
        Phase::Before => "before",
        Phase::After => "after",
    };
    let (kind, of, path) = match scope {
        Scope::Account => (
            ScopeType::Account,
            connection.to_owned(),
            path(["v1", "connections", connection, "webhooks", id]),
        ),
        Scope::Service(sid) => {
            let service = format!("{connection}:{sid}");
            let path = path(["v1", "services", &service, "webhooks", id]);
            (ScopeType::Service, service, path)
        }
    };
    Webhook {
        id: id.to_owned(),
        path,
        connection: account.connection.clone(),
        provider: PROFILE.provider,
        scope: model::Scope { kind, id: of },
        source: Source::Configured,
        inherited: false,
        overridden: false,
        phase: moment,
        target: Target::Http {
            url: None,
            method: None,
        },
        events: Vec::new(),
        keywords: Vec::new(),
        enabled: false,
        created_at: None,
        updated_at: None,
        extra: None,
        raw: None,
    }
}

/// Twilio's JSON of both callbacks, from either. Without its `extra`, only as much of it as the neutral fields
/// say.
pub fn rebuild(webhook: &Webhook) -> Json {
    super::rebuild(predict(webhook), webhook.extra.as_ref())
}

/// Twilio's JSON as far as the neutral fields alone determine it, and never a member without a neutral value.
fn predict(webhook: &Webhook) -> Predicted<'_> {
    let Webhook {
        id: _,
        path: _,
        connection: _,
        provider: _,
        scope: model::Scope { kind, id: scope },
        source: _,
        inherited: _,
        overridden: _,
        phase,
        target,
        events,
        keywords: _,
        enabled: _, // there is a URL
        created_at: _,
        updated_at: _,
        extra: _,
        raw: _,
    } = webhook;
    let (target, url, method) = match target {
        Target::Http { url, method } => (Some("webhook"), url.as_ref(), method.as_ref()),
        Target::Other(word) => (TARGETS.native(word), None, None),
        Target::Flow { flow_id: _ } => (None, None, None),
    };
    let field = match phase {
        Phase::Before => "pre_webhook_url",
        Phase::After => "post_webhook_url",
    };
    let service = scope.split_once(':').map(|(_, sid)| sid);
    let service = service.filter(|sid| is_sid("IS", sid));
    Predicted::object([
        ("chat_service_sid", service.map(Predicted::text)),
        (field, url.map(Predicted::text)),
        ("filters", filters(events)),
        ("method", method.map(Predicted::text)),
        // A service's has no target of its own.
        (
            "target",
            target
                .filter(|_| *kind == ScopeType::Account)
                .map(Predicted::text),
        ),
    ])
}

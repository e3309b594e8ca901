//! Twilio's webhooks as neutral ones, and back.

use bytes::Bytes;
use model::{
    Account, Drift, DriftKind, Extra, Json, Node, Phase, Predicted, Raw, Scope, ScopeType, Source, Target,
    Webhook, Word, path,
};

use super::super::event::KEYWORD_MATCHED;
use super::super::sid::{self, Conversation, is_sid};
use super::super::{PROFILE, wire};
use super::{TARGETS, filters, time, words};

/// A webhook of the conversation that was asked for. `known` is its id, if the request says it.
pub(crate) fn read(
    account: &Account,
    asked: &Conversation,
    known: Option<&str>,
    body: &Bytes,
    node: &Node<'_>,
    drift: &mut Drift,
) -> Webhook {
    let wire::Webhook {
        sid: own,
        chat_service_sid,
        conversation_sid,
        target,
        url,
        configuration,
        date_created,
        date_updated,
    } = wire::Webhook::read(node, drift);
    let id = super::id("WH", own.or(known), url, node);
    let conversation = sid::global(
        account.connection.as_str(),
        chat_service_sid.or(asked.service.as_deref()),
        conversation_sid.unwrap_or(&asked.sid),
    );
    let (target, events, keywords) = callback(target, configuration, drift);
    let mut webhook = Webhook {
        path: path(["v1", "conversations", &conversation, "webhooks", &id]),
        id,
        connection: account.connection.clone(),
        provider: PROFILE.provider,
        scope: Scope {
            kind: ScopeType::Conversation,
            id: conversation,
        },
        source: Source::Configured,
        inherited: false,
        overridden: false,
        phase: Phase::After, // a conversation's own webhooks get post-action events only
        target,
        events,
        keywords,
        enabled: true,
        created_at: date_created,
        updated_at: date_updated,
        extra: None,
        raw: Some(Raw::of(body, node)),
    };
    webhook.extra = Some(Extra::of(PROFILE.provider, node, predict(&webhook)));
    webhook
}

/// Twilio's JSON of a webhook. Without its `extra`, only as much of it as the neutral fields say.
pub fn rebuild(webhook: &Webhook) -> Json {
    super::rebuild(predict(webhook), webhook.extra.as_ref())
}

/// What is called, for which events, on which keywords.
fn callback(
    target: Option<&str>,
    configuration: wire::Configuration<'_>,
    drift: &mut Drift,
) -> (Target, Vec<Word>, Vec<String>) {
    let wire::Configuration {
        url,
        method,
        filters,
        triggers,
        flow_sid,
    } = configuration;
    let http = |drift: &mut Drift| Target::Http {
        url: url.map(str::to_owned),
        method: method.map(|method| {
            drift.below("configuration", |drift| {
                super::method(method, &["get", "post"], "method", drift)
            })
        }),
    };
    let flow = || Target::Flow {
        flow_id: flow_sid.map(str::to_owned),
    };
    let target = match target {
        Some("trigger") => {
            let keywords = if triggers.is_empty() { filters } else { triggers };
            let keywords = keywords.into_iter().map(str::to_owned).collect();
            return (http(drift), vec![KEYWORD_MATCHED], keywords);
        }
        Some("webhook") => http(drift),
        Some("studio") => flow(),
        Some(other) => {
            drift.note("target", DriftKind::UnknownEnum);
            Target::Other(TARGETS.word(other))
        }
        None if flow_sid.is_some() && url.is_none() => flow(),
        None => http(drift),
    };
    let events = drift.below("configuration", |drift| words(&filters, "filters", drift));
    (target, events, Vec::new())
}

/// Twilio's JSON as far as the neutral fields alone determine it. Never a member without a neutral value, so
/// that what stands for nothing there, null or absence, is for `extra` to say.
fn predict(webhook: &Webhook) -> Predicted<'_> {
    let Webhook {
        id,
        path: _,
        connection,
        provider: _,
        scope: Scope { kind: _, id: scope },
        source: _,
        inherited: _,
        overridden: _,
        phase: _,
        target,
        events,
        keywords: _, // nothing says which of `filters` and `triggers` held them
        enabled: _,
        created_at,
        updated_at,
        extra: _,
        raw: _,
    } = webhook;
    let native = scope
        .strip_prefix(connection.as_str())
        .and_then(|rest| rest.strip_prefix(':'));
    let (service, sid) = native.and_then(sid::split).unzip();
    let service = service.flatten();
    let is_trigger = *events == [KEYWORD_MATCHED];
    let (target, url, flow) = match target {
        Target::Http { url, method: _ } if is_trigger => (Some("trigger"), url.as_ref(), None),
        Target::Http { url, method: _ } => (Some("webhook"), url.as_ref(), None),
        Target::Flow { flow_id } => (Some("studio"), None, flow_id.as_ref()),
        Target::Other(word) => (TARGETS.native(word), None, None),
    };
    let configuration = Predicted::object([
        ("url", url.map(Predicted::text)),
        ("filters", filters(events)),
        ("flow_sid", flow.map(Predicted::text)),
    ]);
    let has_any = configuration != Predicted::object([]);
    Predicted::object([
        ("sid", is_sid("WH", id).then(|| Predicted::text(id))),
        ("chat_service_sid", service.map(Predicted::text)),
        ("conversation_sid", sid.map(Predicted::text)),
        ("target", target.map(Predicted::text)),
        ("configuration", has_any.then_some(configuration)),
        ("date_created", time(created_at.as_ref())),
        ("date_updated", time(updated_at.as_ref())),
    ])
}

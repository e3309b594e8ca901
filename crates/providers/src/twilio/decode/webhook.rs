//! Twilio's webhooks as neutral ones, and back.

use bytes::Bytes;
use model::{
    Account, Drift, DriftKind, Extra, Json, Node, Phase, Raw, Scope, ScopeType, Source, Target, Vocabulary,
    Webhook, Word, path,
};

use super::super::sid::{Conversation, is_sid};
use super::super::{PROFILE, wire};
use super::time;

/// The only event of a trigger, which Twilio has no name for.
const KEYWORD_MATCHED: Word = Word::neutral("message.keyword_matched");

/// The 23 names of Twilio's catalogue. Those of its own examples are not all among them.
const EVENTS: Vocabulary = Vocabulary {
    provider: PROFILE.provider,
    words: &[
        ("onMessageAdd", "message.before_create"),
        ("onMessageAdded", "message.created"),
        ("onMessageUpdate", "message.before_update"),
        ("onMessageUpdated", "message.updated"),
        ("onMessageRemove", "message.before_delete"),
        ("onMessageRemoved", "message.deleted"),
        ("onConversationAdd", "conversation.before_create"),
        ("onConversationAdded", "conversation.created"),
        ("onConversationUpdate", "conversation.before_update"),
        ("onConversationUpdated", "conversation.updated"),
        ("onConversationRemove", "conversation.before_delete"),
        ("onConversationRemoved", "conversation.deleted"),
        ("onConversationStateUpdated", "conversation.state_changed"),
        ("onParticipantAdd", "participant.before_add"),
        ("onParticipantAdded", "participant.added"),
        ("onParticipantUpdate", "participant.before_update"),
        ("onParticipantUpdated", "participant.updated"),
        ("onParticipantRemove", "participant.before_remove"),
        ("onParticipantRemoved", "participant.removed"),
        ("onDeliveryUpdated", "message.status_updated"),
        ("onUserAdded", "user.added"),
        ("onUserUpdate", "user.before_update"),
        ("onUserUpdated", "user.updated"),
    ],
};

/// Targets beyond the three that have a form of their own.
const TARGETS: Vocabulary = Vocabulary {
    provider: PROFILE.provider,
    words: &[],
};

/// A webhook of the conversation that was asked for.
pub(crate) fn read(
    account: &Account,
    asked: &Conversation,
    body: &Bytes,
    node: &Node<'_>,
    drift: &mut Drift,
) -> Webhook {
    let wire::Webhook {
        sid,
        chat_service_sid,
        conversation_sid,
        target,
        url,
        configuration,
        date_created,
        date_updated,
    } = wire::Webhook::read(node, drift);
    let id = super::id("WH", sid, url, node);
    let conversation = Conversation {
        service: chat_service_sid
            .map(str::to_owned)
            .or_else(|| asked.service.clone()),
        sid: conversation_sid.unwrap_or(&asked.sid).to_owned(),
    };
    let conversation = format!("{}:{}", account.connection, conversation.native());
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
    webhook.extra = Some(Extra::of(PROFILE.provider, node, &predict(&webhook)));
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
        method: method.map(|method| upper_case(method, drift)),
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
    if !filters.iter().all(|name| EVENTS.knows(name)) {
        let note = |drift: &mut Drift| drift.note("[]", DriftKind::UnknownEnum);
        drift.below("configuration", |drift| drift.below("filters", note));
    }
    let events = filters.into_iter().map(|name| EVENTS.word(name)).collect();
    (target, events, Vec::new())
}

/// The spelling depends on the endpoint and on the year, so it says nothing.
fn upper_case(method: &str, drift: &mut Drift) -> String {
    let method = method.to_ascii_uppercase();
    if !matches!(method.as_str(), "GET" | "POST") {
        let note = |drift: &mut Drift| drift.note("method", DriftKind::UnknownEnum);
        drift.below("configuration", note);
    }
    method
}

/// Twilio's JSON as far as the neutral fields alone determine it. Never a member without a neutral value, so
/// that what stands for nothing there, null or absence, is for `extra` to say.
fn predict(webhook: &Webhook) -> Json {
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
    let conversation = native.and_then(Conversation::read);
    let (service, sid) = conversation.map_or((None, None), |c| (c.service, Some(c.sid)));
    let is_trigger = *events == [KEYWORD_MATCHED];
    let (target, url, flow) = match target {
        Target::Http { url, method: _ } if is_trigger => (Some("trigger"), url.clone(), None),
        Target::Http { url, method: _ } => (Some("webhook"), url.clone(), None),
        Target::Flow { flow_id } => (Some("studio"), None, flow_id.clone()),
        Target::Other(word) => (TARGETS.native(word), None, None),
    };
    let filters = events
        .iter()
        .filter_map(|event| EVENTS.native(event))
        .map(Json::text);
    let filters: Vec<_> = filters.collect();
    let configuration = Json::object([
        ("url", url.map(Json::text)),
        ("filters", (!filters.is_empty()).then_some(Json::Array(filters))),
        ("flow_sid", flow.map(Json::text)),
    ]);
    let has_any = configuration != Json::object([]);
    Json::object([
        ("sid", is_sid("WH", id).then(|| Json::text(id))),
        ("chat_service_sid", service.map(Json::text)),
        ("conversation_sid", sid.map(Json::text)),
        ("target", target.map(Json::text)),
        ("configuration", has_any.then_some(configuration)),
        ("date_created", time(created_at.as_ref())),
        ("date_updated", time(updated_at.as_ref())),
    ])
}

//! The webhook of a number, those of a conversation, which are the number's and the one that only the log shows,
//! and back.

use bytes::Bytes;
use model::{
    Account, Drift, Extra, Json, Node, Phase, Predicted, Raw, Scope, ScopeType, Source, Target, Webhook,
    Word, path, restore,
};

use super::super::channel::Channel;
use super::super::{PROFILE, id, webhooks, wire};
use super::number;

/// The number's callback; `None` if the number has none. All that Bland says of the number is here.
pub(super) fn of_number(
    account: &Account,
    channel: Channel,
    body: &Bytes,
    node: &Node<'_>,
    drift: &mut Drift,
) -> Option<Webhook> {
    let mut webhook = number::read(account, channel, body, node, drift).webhook?;
    webhook.extra = Some(Extra::of(PROFILE.provider, node, predict(&webhook)));
    webhook.raw = Some(Raw::of(body, node));
    Some(webhook)
}

/// The same as it stands below a conversation. Its scope is still the number.
pub(super) fn inherited(conversation: &str, webhook: Webhook) -> Webhook {
    Webhook {
        path: below(conversation, webhooks::NUMBER),
        inherited: true,
        ..webhook
    }
}

/// The callback that a conversation's log names; `None` if it names none.
pub(super) fn observed(
    account: &Account,
    conversation: &str,
    body: &Bytes,
    node: &Node<'_>,
    drift: &mut Drift,
) -> Option<Webhook> {
    let url = wire::Log::read(node, drift).url.filter(|url| !url.is_empty())?;
    let mut webhook = Webhook {
        id: webhooks::OBSERVED.to_owned(),
        path: below(conversation, webhooks::OBSERVED),
        connection: account.connection.clone(),
        provider: PROFILE.provider,
        scope: Scope {
            kind: ScopeType::Conversation,
            id: conversation.to_owned(),
        },
        source: Source::Observed,
        inherited: false,
        overridden: false,
        phase: Phase::After,
        target: Target::Http {
            url: Some(url.to_owned()),
            method: Some("POST".to_owned()),
        },
        events: vec![Word::neutral("*")],
        keywords: Vec::new(),
        enabled: true,
        created_at: None,
        updated_at: None,
        extra: None,
        raw: Some(Raw::of(body, node)),
    };
    webhook.extra = Some(Extra::of(PROFILE.provider, node, predict(&webhook)));
    Some(webhook)
}

/// Bland's JSON that a webhook was read from: of its number, or of the log if it is an observed one. Without
/// the webhook's `extra`, only as much of it as the neutral fields say.
pub fn rebuild(webhook: &Webhook) -> Json {
    let residue = webhook.extra.as_ref().map(|extra| extra.residue.clone());
    restore(predict(webhook), residue.unwrap_or_else(|| Json::object([])))
}

fn below(conversation: &str, webhook: &str) -> String {
    path(["v1", "conversations", conversation, "webhooks", webhook])
}

/// Bland's JSON as far as the neutral fields alone determine it: the callback, and whose it is.
fn predict(webhook: &Webhook) -> Predicted<'_> {
    let Webhook {
        id: _,
        path: _,
        connection,
        provider: _,
        scope,
        source,
        inherited: _,
        overridden: _,
        phase: _,
        target,
        events: _,
        keywords: _,
        enabled: _,
        created_at: _,
        updated_at: _,
        extra: _,
        raw: _,
    } = webhook;
    let url = match target {
        Target::Http { url, method: _ } => url.as_ref().map(Predicted::text),
        _ => None,
    };
    let native = scope
        .id
        .strip_prefix(connection.as_str())
        .and_then(|rest| rest.strip_prefix(':'));
    if *source == Source::Observed {
        return Predicted::object([("conversation_id", native.map(Predicted::text)), ("url", url)]);
    }
    let (channel, address) = native.and_then(|id| id.split_once(':')).unwrap_or_default();
    let key = Channel::read(channel).map_or("", Channel::config_key);
    Predicted::object([
        (
            "phone_number",
            id::is_e164(address).then(|| Predicted::text(address)),
        ),
        (key, Some(Predicted::object([("webhook", url)]))),
    ])
}

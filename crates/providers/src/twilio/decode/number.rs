//! Twilio's address configurations as numbers, and back. What one says of a webhook is a template: it shapes
//! conversations that are yet to begin.

use bytes::Bytes;
use model::{
    Account, Drift, DriftKind, Extra, Json, Node, Number, Phase, Predicted, Raw, Scope, ScopeType, Source,
    Target, Webhook, Word, path,
};

use super::super::address::{Address, CHANNELS, channel, phone_number};
use super::super::{PROFILE, wire};
use super::{TARGETS, filters, time, words};

/// A number. What the request says of its channel and its address stands where the answer does not say it.
pub(crate) fn read(
    account: &Account,
    (asked, known): (Option<&Word>, Option<&str>),
    body: &Bytes,
    node: &Node<'_>,
    drift: &mut Drift,
) -> Number {
    let wire::AddressConfiguration {
        sid,
        kind,
        address,
        friendly_name,
        auto_creation,
        date_created,
        date_updated,
    } = wire::AddressConfiguration::read(node, drift);
    let channel = channel(kind, asked);
    if kind.is_some()
        && CHANNELS
            .native(&channel)
            .is_none_or(|native| !CHANNELS.knows(native))
    {
        drift.note("type", DriftKind::UnknownEnum);
    }
    let id = Address::of(&channel, [address, sid, known], node).native();
    let id = format!("{}:{id}", account.connection);
    let enabled = auto_creation.enabled == Some(true);
    let target = drift.below("auto_creation", |drift| callback(auto_creation, drift));
    let webhook = target.map(|(target, events)| Webhook {
        target,
        events,
        enabled,
        created_at: date_created.clone(),
        updated_at: date_updated.clone(),
        ..blank(account, &id)
    });
    let mut number = Number {
        path: path(["v1", "numbers", &id]),
        id,
        connection: account.connection.clone(),
        provider: PROFILE.provider,
        channel,
        address: address.map(str::to_owned),
        phone_number: address.and_then(phone_number).map(str::to_owned),
        label: friendly_name.map(str::to_owned),
        webhook,
        agent: None,
        messaging_service_id: None,
        conversation_count: None,
        created_at: date_created,
        updated_at: date_updated,
        extra: None,
        raw: Some(Raw::of(body, node)),
    };
    number.extra = Some(Extra::of(PROFILE.provider, node, predict(&number)));
    number
}

/// The webhook of a number, as a resource of its own.
pub(crate) fn webhook(number: Number, node: &Node<'_>) -> Option<Webhook> {
    let mut webhook = number.webhook?;
    webhook.extra = Some(Extra::of(PROFILE.provider, node, predict_webhook(&webhook)));
    webhook.raw = number.raw;
    Some(webhook)
}

/// Twilio's JSON of a number. Without its `extra`, only as much of it as the neutral fields say.
pub fn rebuild(number: &Number) -> Json {
    super::rebuild(predict(number), number.extra.as_ref())
}

/// Twilio's JSON of the number that a webhook is of. Without the webhook's `extra`, only as much of it as its
/// neutral fields say.
pub fn rebuild_webhook(webhook: &Webhook) -> Json {
    super::rebuild(predict_webhook(webhook), webhook.extra.as_ref())
}

/// A number's webhook without what is configured.
fn blank(account: &Account, number: &str) -> Webhook {
    Webhook {
        id: "number".to_owned(),
        path: path(["v1", "numbers", number, "webhook"]),
        connection: account.connection.clone(),
        provider: PROFILE.provider,
        scope: Scope {
            kind: ScopeType::Number,
            id: number.to_owned(),
        },
        source: Source::Template,
        inherited: false,
        overridden: false,
        phase: Phase::After,
        target: Target::Http {
            url: None,
            method: None,
        },
        events: Vec::new(),
        keywords: Vec::new(),
        enabled: false,
        created_at: None,
        updated_at: None,
        extra: Some(Extra::carried(PROFILE.provider)),
        raw: None,
    }
}

/// What is called for which events; `None` where conversations begin without a webhook.
fn callback(auto_creation: wire::AutoCreation<'_>, drift: &mut Drift) -> Option<(Target, Vec<Word>)> {
    let wire::AutoCreation {
        enabled: _,
        kind,
        webhook_url,
        webhook_method,
        webhook_filters,
        studio_flow_sid,
    } = auto_creation;
    let kind = kind.or(match (webhook_url, studio_flow_sid) {
        (Some(_), _) => Some("webhook"),
        (None, flow) => flow.map(|_| "studio"),
    });
    let target = match kind? {
        "default" => return None,
        "studio" => Target::Flow {
            flow_id: studio_flow_sid.map(str::to_owned),
        },
        "webhook" => Target::Http {
            url: webhook_url.map(str::to_owned),
            method: webhook_method.map(|method| {
                // The list of values is in lower case, the example in upper case.
                let documented = ["get", "post", "GET", "POST"];
                super::method(method, &documented, "webhook_method", drift)
            }),
        },
        other => {
            drift.note("type", DriftKind::UnknownEnum);
            Target::Other(TARGETS.word(other))
        }
    };
    Some((target, words(&webhook_filters, "webhook_filters", drift)))
}

/// Twilio's JSON as far as the neutral fields alone determine it, and never a member without a neutral value.
fn predict(number: &Number) -> Predicted<'_> {
    let Number {
        id: _,
        path: _,
        connection: _,
        provider: _,
        channel,
        address,
        phone_number: _, // a part of the address
        label,
        webhook,
        agent: _,
        messaging_service_id: _,
        conversation_count: _,
        created_at,
        updated_at,
        extra: _,
        raw: _,
    } = number;
    Predicted::object([
        ("type", CHANNELS.native(channel).map(Predicted::text)),
        ("address", address.as_ref().map(Predicted::text)),
        ("friendly_name", label.as_ref().map(Predicted::text)),
        ("auto_creation", webhook.as_ref().map(auto_creation)),
        ("date_created", time(created_at.as_ref())),
        ("date_updated", time(updated_at.as_ref())),
    ])
}

/// The same from a webhook alone, which knows its number by the id.
fn predict_webhook(webhook: &Webhook) -> Predicted<'_> {
    let id = webhook.scope.id.split_once(':');
    let number = id.and_then(|(_, native)| Address::read(native));
    let kind = number
        .as_ref()
        .and_then(|number| CHANNELS.native(&number.channel));
    let address = number.as_ref().and_then(Address::address);
    Predicted::object([
        ("type", kind.map(|kind| Predicted::text(kind.to_owned()))),
        (
            "address",
            address.map(|address| Predicted::text(address.to_owned())),
        ),
        ("auto_creation", Some(auto_creation(webhook))),
        ("date_created", time(webhook.created_at.as_ref())),
        ("date_updated", time(webhook.updated_at.as_ref())),
    ])
}

fn auto_creation(webhook: &Webhook) -> Predicted<'_> {
    let Webhook {
        id: _,
        path: _,
        connection: _,
        provider: _,
        scope: _,
        source: _,
        inherited: _,
        overridden: _,
        phase: _,
        target,
        events,
        keywords: _,
        enabled,
        created_at: _,
        updated_at: _,
        extra: _,
        raw: _,
    } = webhook;
    let (kind, url, flow) = match target {
        Target::Http { url, method: _ } => (Some("webhook"), url.as_ref(), None),
        Target::Flow { flow_id } => (Some("studio"), None, flow_id.as_ref()),
        Target::Other(word) => (TARGETS.native(word), None, None),
    };
    Predicted::object([
        ("enabled", Some(Predicted::Bool(*enabled))),
        ("type", kind.map(Predicted::text)),
        ("webhook_url", url.map(Predicted::text)),
        ("webhook_filters", filters(events)),
        ("studio_flow_sid", flow.map(Predicted::text)),
    ])
}

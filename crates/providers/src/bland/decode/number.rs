//! A number with its configuration, and back.

use bytes::Bytes;
use model::{
    Account, Agent, Drift, Extra, Json, Kind, Node, Number, Pathway, Phase, Predicted, Raw, Scope, ScopeType,
    Source, Target, Verbatim, Webhook, Word, number as json_number, path, restore, typed,
};

use super::super::channel::Channel;
use super::super::{PROFILE, duration, id, webhooks, wire};
use crate::fingerprint;

/// A number of the channel that was asked for.
pub(super) fn read(
    account: &Account,
    channel: Channel,
    body: &Bytes,
    node: &Node<'_>,
    drift: &mut Drift,
) -> Number {
    let wire::Number {
        phone_number,
        label,
        config,
        conversation_count,
    } = wire::Number::read(node, channel, drift);
    let e164 = phone_number.filter(|text| id::is_e164(text));
    let id = format!("{}:{}:{}", account.connection, channel.name(), address(node));
    let config = config.map(|config| drift.below(channel.config_key(), |drift| configured(&config, drift)));
    let (url, messaging_service_id, agent) = config.unwrap_or_default();
    let mut number = Number {
        path: path(["v1", "numbers", &id]),
        connection: account.connection.clone(),
        provider: PROFILE.provider,
        channel: Word::neutral(channel.name()),
        address: phone_number.map(str::to_owned),
        phone_number: e164.map(str::to_owned),
        label: label.map(str::to_owned),
        webhook: url.map(|url| webhook(account, &id, url)),
        agent,
        messaging_service_id,
        conversation_count,
        created_at: None,
        updated_at: None,
        extra: None,
        raw: Some(Raw::of(body, node)),
        id,
    };
    number.extra = Some(Extra::of(PROFILE.provider, node, predict(&number)));
    number
}

/// The address in the id of a number.
pub(super) fn address(node: &Node<'_>) -> String {
    let phone_number = node.member("phone_number").and_then(Node::as_str);
    phone_number.filter(|text| id::is_e164(text)).map_or_else(
        || format!("{}{}", id::UNKNOWN, fingerprint::of([node.text()])),
        str::to_owned,
    )
}

/// The configuration of a number for a channel, each value by its text. `None` if it is not there, which is not
/// to say that the number has none, or if it is no object.
pub(super) fn config(channel: Channel, node: &Node<'_>) -> Option<Vec<(String, Json)>> {
    match node.member(channel.config_key()).map(Node::kind) {
        Some(Kind::Null) => Some(Vec::new()),
        Some(Kind::Object(members)) => {
            let members = members.iter();
            let verbatim = members.map(|(name, value)| (name.to_string(), Verbatim::of(value).into()));
            Some(verbatim.collect())
        }
        _ => None,
    }
}

/// Bland's JSON of a number. Without the number's `extra`, only as much of it as the neutral fields say.
pub fn rebuild(number: &Number) -> Json {
    let residue = number.extra.as_ref().map(|extra| extra.residue.clone());
    restore(predict(number), residue.unwrap_or_else(|| Json::object([])))
}

/// The callback, the messaging service and the agent of a configuration.
fn configured(
    config: &wire::Config<'_, '_>,
    drift: &mut Drift,
) -> (Option<String>, Option<String>, Option<Agent>) {
    let wire::Config {
        webhook,
        request_data,
        time_out,
        messaging_service_sid,
        objective,
        tools,
        temperature,
        pathway_id,
        pathway_version,
        start_node_id,
    } = *config;
    let is_list = |node: &Node<'_>| matches!(node.kind(), Kind::Array(_));
    let is_structure = |node: &Node<'_>| matches!(node.kind(), Kind::Array(_) | Kind::Object(_));
    let is_number = |node: &Node<'_>| matches!(node.kind(), Kind::Number);
    let timeout = typed(time_out, "time_out", drift, |node| {
        duration::of_seconds(json_number(node)?)
    });
    let agent = Agent {
        objective: objective.map(str::to_owned),
        pathway: Pathway {
            id: pathway_id.map(str::to_owned),
            version: typed(pathway_version, "pathway_version", drift, version),
            start_node_id: start_node_id.map(str::to_owned),
        },
        temperature: verbatim(temperature, "temperature", drift, is_number),
        tools: verbatim(tools, "tools", drift, is_list),
        request_data: verbatim(request_data, "request_data", drift, is_structure),
        timeout_ms: timeout.filter(|ms| *ms != 0), // 0 is no limit
    };
    let url = webhook.filter(|url| !url.is_empty());
    (
        url.map(str::to_owned),
        messaging_service_sid.map(str::to_owned),
        Some(agent),
    )
}

/// `latest`, or a number: the two are documented on different pages.
fn version(node: &Node<'_>) -> Option<String> {
    match node.kind() {
        Kind::Number => Some(node.text().to_owned()),
        _ => node.as_str().map(str::to_owned),
    }
}

fn verbatim(
    node: Option<&Node<'_>>,
    name: &str,
    drift: &mut Drift,
    fits: impl FnOnce(&Node<'_>) -> bool,
) -> Option<Verbatim> {
    typed(node, name, drift, |node| fits(node).then(|| Verbatim::of(node)))
}

/// The callback of a number: one URL for everything, always by `POST`.
fn webhook(account: &Account, number: &str, url: String) -> Webhook {
    Webhook {
        id: webhooks::NUMBER.to_owned(),
        path: path(["v1", "numbers", number, "webhook"]),
        connection: account.connection.clone(),
        provider: PROFILE.provider,
        scope: Scope {
            kind: ScopeType::Number,
            id: number.to_owned(),
        },
        source: Source::Configured,
        inherited: false,
        overridden: false,
        phase: Phase::After,
        target: Target::Http {
            url: Some(url),
            method: Some("POST".to_owned()),
        },
        events: vec![Word::neutral("*")],
        keywords: Vec::new(),
        enabled: true,
        created_at: None,
        updated_at: None,
        extra: Some(Extra::carried(PROFILE.provider)),
        raw: None,
    }
}

/// Bland's JSON as far as the neutral fields alone determine it. Never a member without a neutral value, so
/// that what stands for nothing there, null or absence, is for `extra` to say.
fn predict(number: &Number) -> Predicted<'_> {
    let Number {
        id: _,
        path: _,
        connection: _,
        provider: _,
        channel,
        address,
        phone_number: _, // the address, or nothing
        label,
        webhook,
        agent,
        messaging_service_id,
        conversation_count,
        created_at: _,
        updated_at: _,
        extra: _,
        raw: _,
    } = number;
    let url = match webhook.as_ref().map(|webhook| &webhook.target) {
        Some(Target::Http { url, method: _ }) => url.clone(),
        _ => None,
    };
    // There is an agent wherever there is a configuration.
    let config = agent
        .as_ref()
        .map(|agent| predict_config(agent, url, messaging_service_id.clone()));
    let key = Channel::read(channel.as_str()).map_or("", Channel::config_key);
    Predicted::object([
        ("phone_number", address.as_ref().map(Predicted::text)),
        ("label", label.as_ref().map(Predicted::text)),
        (key, config),
        ("conversation_count", conversation_count.map(Predicted::integer)),
    ])
}

fn predict_config(agent: &Agent, url: Option<String>, messaging_service_id: Option<String>) -> Predicted<'_> {
    let Agent {
        objective,
        pathway: Pathway {
            id,
            version,
            start_node_id,
        },
        temperature,
        tools,
        request_data,
        timeout_ms,
    } = agent;
    Predicted::object([
        ("webhook", url.map(Predicted::text)),
        ("request_data", request_data.as_ref().map(Predicted::from)),
        // A whole number of seconds; another spelling is residue.
        ("time_out", timeout_ms.map(|ms| Predicted::integer(ms / 1000))),
        ("messaging_service_sid", messaging_service_id.map(Predicted::text)),
        ("objective", objective.as_ref().map(Predicted::text)),
        ("tools", tools.as_ref().map(Predicted::from)),
        ("temperature", temperature.as_ref().map(Predicted::from)),
        ("pathway_id", id.as_ref().map(Predicted::text)),
        ("pathway_version", version.as_ref().map(Predicted::text)),
        ("start_node_id", start_node_id.as_ref().map(Predicted::text)),
    ])
}

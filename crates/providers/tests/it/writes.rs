//! What is written to Twilio and echoed reads back as what was asked, and what was not asked for stays.

use std::collections::BTreeSet;

use model::{AccountScope, Body, Code, Phase, Result, UpstreamRequest, Webhook, WebhookChange};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::bodies::{config, text};
use crate::drive::{self, Session, account, ok};
use crate::twilio::{CONVERSATION, id, numbers, read_callback, read_numbers};

const SID: &str = "WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BEFORE: [(&str, &str); 3] = [
    ("onMessageAdd", "message.before_create"),
    ("onConversationRemove", "conversation.before_delete"),
    ("onParticipantUpdate", "participant.before_update"),
];
const AFTER: [(&str, &str); 5] = [
    ("onMessageAdded", "message.created"),
    ("onConversationStateUpdated", "conversation.state_changed"),
    ("onParticipantRemoved", "participant.removed"),
    ("onDeliveryUpdated", "message.status_updated"),
    ("onMessageSent", "twilio:onMessageSent"),
];

/// A form as the provider takes it apart; nothing may be in it that is not among the names.
fn form(request: &UpstreamRequest, names: &[&str]) -> Vec<(String, String)> {
    let Body::Form(pairs) = &request.body else {
        panic!("{:?} is no form", request.body)
    };
    assert!(pairs.iter().all(|(name, _)| names.contains(&name.as_ref())));
    pairs
        .iter()
        .map(|(name, value)| (name.clone().into_owned(), value.clone()))
        .collect()
}

fn values(form: &[(String, String)], name: &str) -> Vec<String> {
    let values = form.iter().filter(|(key, _)| key == name);
    values.map(|(_, value)| value.clone()).collect()
}

fn value(form: &[(String, String)], name: &str) -> Option<String> {
    let values = values(form, name);
    assert!(values.len() < 2, "{name} twice");
    values.into_iter().next()
}

/// Keeps what is not mentioned, as the provider does.
fn merge(object: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        object[name] = value.into();
    }
}

/// The provider's side of a webhook of a conversation.
fn echo_webhook(now: &mut Value, request: &UpstreamRequest, keywords: &str) {
    if request.method == http::Method::GET {
        return;
    }
    let form = form(
        request,
        &[
            "Target",
            "Configuration.Url",
            "Configuration.Method",
            "Configuration.Filters",
            "Configuration.Triggers",
            "Configuration.FlowSid",
        ],
    );
    let some = |list: Vec<String>| Some(list).filter(|list| !list.is_empty());
    let method = value(&form, "Configuration.Method");
    assert!(
        method
            .as_deref()
            .is_none_or(|method| matches!(method, "get" | "post"))
    );
    merge(now, "target", value(&form, "Target"));
    let configuration = &mut now["configuration"];
    merge(configuration, "url", value(&form, "Configuration.Url"));
    merge(configuration, "method", method);
    merge(
        configuration,
        "filters",
        some(values(&form, "Configuration.Filters")),
    );
    merge(
        configuration,
        keywords,
        some(values(&form, "Configuration.Triggers")),
    );
    merge(configuration, "flow_sid", value(&form, "Configuration.FlowSid"));
}

/// The provider's side of the callbacks of an account or a service.
fn echo_callbacks(now: &mut Value, request: &UpstreamRequest) {
    if request.method == http::Method::GET {
        return;
    }
    let form = form(
        request,
        &["Method", "Filters", "PreWebhookUrl", "PostWebhookUrl", "Target"],
    );
    for (name, field) in [
        ("PreWebhookUrl", "pre_webhook_url"),
        ("PostWebhookUrl", "post_webhook_url"),
    ] {
        let url = value(&form, name).map(|url| Some(url).filter(|url| !url.is_empty()));
        merge(now, field, url);
    }
    merge(now, "method", value(&form, "Method"));
    merge(now, "target", value(&form, "Target"));
    let filters = values(&form, "Filters");
    merge(
        now,
        "filters",
        Some(filters).filter(|filters| !filters.is_empty()),
    );
}

/// The provider's side of an address configuration.
fn echo_number(now: &mut Value, request: &UpstreamRequest) {
    let names = [
        "AutoCreation.Enabled",
        "AutoCreation.Type",
        "AutoCreation.WebhookUrl",
        "AutoCreation.WebhookMethod",
        "AutoCreation.WebhookFilters",
        "AutoCreation.StudioFlowSid",
    ];
    let form = form(request, &names);
    let auto_creation = &mut now["auto_creation"];
    let enabled = value(&form, "AutoCreation.Enabled").unwrap() == "true";
    merge(auto_creation, "enabled", Some(enabled));
    merge(auto_creation, "type", value(&form, "AutoCreation.Type"));
    merge(
        auto_creation,
        "webhook_url",
        value(&form, "AutoCreation.WebhookUrl"),
    );
    merge(
        auto_creation,
        "webhook_method",
        value(&form, "AutoCreation.WebhookMethod"),
    );
    merge(
        auto_creation,
        "studio_flow_sid",
        value(&form, "AutoCreation.StudioFlowSid"),
    );
    let filters = values(&form, "AutoCreation.WebhookFilters");
    // A list that is not sent is of no use to a flow, and would be shown with it.
    merge(auto_creation, "webhook_filters", Some(filters));
}

/// A webhook as a client writes it, and sees it.
fn wanted() -> impl Strategy<Value = Value> {
    let url = "https://example\\.com/\\PC{0,20}";
    let method = select(&["GET", "POST"][..]);
    let events = subsequence(AFTER.map(|(_, event)| event).to_vec(), 1..=AFTER.len());
    let keywords = vec("\\PC{1,20}", 1..=5);
    prop_oneof![
        (url, method.clone(), events).prop_map(|(url, method, events)| json!({
            "target": { "type": "http", "url": url, "method": method },
            "events": events, "keywords": [], "enabled": true,
        })),
        (url, method, keywords).prop_map(|(url, method, keywords)| json!({
            "target": { "type": "http", "url": url, "method": method },
            "events": ["message.keyword_matched"], "keywords": keywords, "enabled": true,
        })),
        "[0-9a-f]{32}".prop_map(|digits| json!({
            "target": { "type": "flow", "flow_id": format!("FW{digits}") },
            "events": [], "keywords": [], "enabled": true,
        })),
    ]
}

/// The part of a webhook that a client writes.
fn written(webhook: &Webhook) -> Value {
    let shown = serde_json::to_value(webhook).unwrap();
    json!({
        "target": shown["target"], "events": shown["events"],
        "keywords": shown["keywords"], "enabled": shown["enabled"],
    })
}

fn change(body: &Value) -> WebhookChange {
    WebhookChange::read(body.to_string().as_bytes()).unwrap()
}

/// Writes a webhook to a conversation that has it as it is now, or has none.
fn write_webhook(now: &mut Value, keywords: &str, body: &Value, is_new: bool) -> Result<Webhook> {
    let provider = providers::find("twilio").unwrap();
    let (account, conversation) = (&account(provider.as_ref()), &id(CONVERSATION));
    let mut session = Session::new(provider.as_ref(), |request| {
        echo_webhook(now, request, keywords);
        ok(now.to_string())
    });
    let exchange = if is_new {
        provider.create_conversation_webhook(account, conversation, &change(body))
    } else {
        let current = provider.get_conversation_webhook(account, conversation, &id(SID))?;
        let current = session.walk(current)?;
        provider.update_conversation_webhook(account, conversation, &current, &change(body))
    };
    session.walk(exchange?)
}

/// Callbacks that an account may have.
fn configured() -> impl Strategy<Value = Value> {
    let url = || option::of("https://example\\.com/[a-z]{0,5}");
    let names = BEFORE
        .iter()
        .chain(&AFTER)
        .map(|(name, _)| *name)
        .collect::<Vec<_>>();
    let filters = option::of(subsequence(names, 0..=8).prop_shuffle());
    let method = option::of(select(&["GET", "POST"][..]));
    let target = select(&["webhook", "webhook", "flex"][..]);
    (url(), url(), filters, method, target).prop_map(|(before, after, filters, method, target)| {
        json!({
            "pre_webhook_url": before, "post_webhook_url": after,
            "filters": filters, "method": method, "target": target,
        })
    })
}

/// A change of one of them: any part of it, and not always one that can be had.
fn any_change() -> impl Strategy<Value = Value> {
    let url = option::of(prop_oneof![
        Just(Value::Null),
        "https://example\\.com/[a-z]{0,5}".prop_map(Value::from),
    ]);
    let method = option::of(select(&["GET", "POST"][..]));
    let kind = option::of(select(&["http", "http", "twilio:flex"][..]));
    let words = BEFORE
        .iter()
        .chain(&AFTER)
        .map(|(_, word)| *word)
        .collect::<Vec<_>>();
    let events = option::of(prop_oneof![
        subsequence(words, 0..=8),
        subsequence(BEFORE.map(|(_, word)| word).to_vec(), 0..=3),
        subsequence(AFTER.map(|(_, word)| word).to_vec(), 0..=5),
    ]);
    (url, method, kind, events, option::of(any::<bool>())).prop_map(|(url, method, kind, events, enabled)| {
        let mut change = json!({ "target": {} });
        merge(&mut change["target"], "url", url);
        merge(&mut change["target"], "method", method);
        merge(&mut change["target"], "type", kind);
        merge(&mut change, "events", events);
        merge(&mut change, "enabled", enabled);
        change
    })
}

/// What a change does not mention is as before; what it does is as it says.
fn follows(after: &Value, before: &Value, change: &Value) -> bool {
    match (after, change) {
        (Value::Object(after), Value::Object(change)) => {
            let null = Value::Null;
            after.iter().all(|(key, value)| {
                let change = change.get(key).unwrap_or(&before[key]);
                follows(value, before.get(key).unwrap_or(&null), change)
            })
        }
        _ => after == change,
    }
}

fn set(value: &Value) -> BTreeSet<String> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_webhook_comes_to_be_what_was_asked(
        first in wanted(), second in wanted(), keywords in select(&["filters", "triggers"][..]),
    ) {
        let mut now = json!({ "sid": SID, "configuration": {} });
        let made = write_webhook(&mut now, keywords, &first, true).unwrap();
        prop_assert_eq!(written(&made), first.clone());
        // All that was read can be written again.
        let same = write_webhook(&mut now, keywords, &first, false).unwrap();
        prop_assert_eq!(written(&same), first.clone());
        let of = |webhook: &Value| {
            let is_trigger = webhook["keywords"] != json!([]);
            (webhook["target"]["type"].clone(), is_trigger)
        };
        match write_webhook(&mut now, keywords, &second, false) {
            Ok(changed) => prop_assert_eq!(written(&changed), second),
            Err(error) => {
                prop_assert_eq!(error.code(), Code::InvalidRequest);
                prop_assert!(of(&first) != of(&second), "{}", error);
            }
        }
    }

    #[test]
    fn a_number_gives_what_was_asked(native in select(numbers()), wanted in wanted(), enabled in any::<bool>()) {
        let mut wanted = wanted;
        wanted["enabled"] = enabled.into();
        let provider = providers::find("twilio").unwrap();
        let mut now: Value = serde_json::from_str(&text(&native)).unwrap();
        let before = now.clone();
        let number = read_numbers(&native).remove(0);
        let number = id(number.id.strip_prefix("twilio:").unwrap());
        let account = &account(provider.as_ref());
        let exchange = match provider.replace_number_webhook(account, &number, &change(&wanted)) {
            Ok(exchange) => exchange,
            Err(error) => {
                prop_assert!(wanted["keywords"] != json!([]), "{}", error);
                return Ok(());
            }
        };
        let mut session = Session::new(provider.as_ref(), |request| {
            if request.method == http::Method::POST {
                echo_number(&mut now, request);
            }
            ok(now.to_string())
        });
        let webhook = session.walk(exchange).unwrap();
        prop_assert_eq!(written(&webhook), wanted);
        session.walk(provider.delete_number_webhook(account, &number).unwrap()).unwrap();
        prop_assert_eq!(&now["auto_creation"]["enabled"], &json!(false));
        now["auto_creation"] = before["auto_creation"].clone();
        prop_assert_eq!(now, before);
    }

    #[test]
    fn a_callback_changes_alone(
        now in configured(), change_of in any_change(), is_before in any::<bool>(), linked in any::<bool>(),
    ) {
        let provider = providers::find("twilio").unwrap();
        let account = &account(provider.as_ref());
        let (own, twin) = if is_before { (Phase::Before, Phase::After) } else { (Phase::After, Phase::Before) };
        let scope = &AccountScope::Account;
        let read = |phase, now: &Value| read_callback(scope, phase, &drive::json(&now.to_string()));
        let mut after = now.clone();
        let mut session = Session::new(provider.as_ref(), |request| {
            echo_callbacks(&mut after, request);
            ok(after.to_string())
        });
        let result = provider
            .update_scope_webhook(account, scope, &read(own, &now), &change(&change_of), linked)
            .and_then(|exchange| session.walk(exchange));
        let twin_before = read(twin, &now);
        match result {
            Ok(changed) => {
                let (mut shown, mut before) = (written(&changed), written(&read(own, &now)));
                // The order of names is of no meaning, and `enabled` follows from the URL.
                let mut asked = change_of.clone();
                for list in [&mut shown, &mut before, &mut asked] {
                    if list.get("events").is_some() {
                        list["events"] = set(&list["events"]).into_iter().collect();
                    }
                }
                shown["enabled"] = before["enabled"].clone();
                if let Some(wanted) = asked.get("enabled") {
                    prop_assert_eq!(changed.enabled, wanted.as_bool().unwrap());
                    shown["enabled"] = wanted.clone();
                }
                let is_flex = now["target"] == "flex" || asked["target"]["type"] == "twilio:flex";
                prop_assert!(is_flex || follows(&shown, &before, &asked), "{} {} {}", shown, before, asked);
                let twin_after = read(twin, &after);
                prop_assert_eq!(&twin_after.events, &twin_before.events);
                prop_assert_eq!(twin_after.enabled, twin_before.enabled);
                if twin_before.enabled && !linked {
                    prop_assert_eq!(twin_after.target, twin_before.target);
                }
            }
            Err(error) => {
                prop_assert!(matches!(error.code(), Code::InvalidRequest | Code::Conflict), "{}", error);
                prop_assert!(!error.fields().is_empty());
                prop_assert!(error.code() != Code::Conflict || twin_before.enabled && !linked);
                prop_assert_eq!(after, now);
            }
        }
    }
}

//! What Bland is sent to change a number, which must not lose what it is configured to do, and what is read
//! behind it.

use http::Method;
use model::{
    Body, Code, Json, Node, Origin, Result, UpstreamRequest, Webhook, WebhookChange, WebhookDelivery,
};
use proptest::prelude::*;
use proptest::sample::select;
use providers::bland;

use crate::bland::{CHANNELS, WEBHOOK, keys, number_on};
use crate::bodies::{anything, canonical, config, log, mutated, text};
use crate::drive::{Session, account, json, ok};
use crate::lossless::data;

const ADDRESS: &str = "+14155552671";
const URL: &str = "https://hooks.example.com/new";
/// What a configuration may be called like, but the call is.
const OWN: [&str; 3] = ["phone_number", "channel", "webhook"];

/// What was asked of Bland, and what became of it.
struct Done<T> {
    asked: Vec<UpstreamRequest>,
    came: Result<T>,
}

/// Gives the number on that channel another webhook. Bland answers these bodies in turn.
fn replace(channel: &str, bodies: [String; 3]) -> Done<Webhook> {
    let provider = providers::find("bland").unwrap();
    let body = format!(r#"{{"target":{{"type":"http","url":"{URL}"}}}}"#);
    let change = WebhookChange::read(body.as_bytes()).unwrap();
    let number = format!("{channel}:{ADDRESS}").parse().unwrap();
    let exchange = provider.replace_number_webhook(&account(provider.as_ref()), &number, &change);
    let (mut asked, mut bodies) = (Vec::new(), bodies.into_iter());
    let mut session = Session::new(provider.as_ref(), |request| {
        asked.push(request.clone());
        ok(bodies.next().unwrap())
    });
    let came = session.walk(exchange.unwrap());
    Done { asked, came }
}

/// The same for what the number is configured to do by that text.
fn replace_configured(channel: &str, configuration: &str, bodies: [String; 2]) -> Done<Webhook> {
    let neighbour = format!(
        r#"{{"phone_number":"+14155550100","{channel}_config":{{"webhook":"https://example.com/another"}}}}"#
    );
    let number = format!(r#"{{"phone_number":"{ADDRESS}","{channel}_config":{configuration}}}"#);
    let [taken, after] = bodies;
    replace(channel, [data(&format!("[{neighbour},{number}]")), taken, after])
}

/// What the first request that changes something says.
fn written(asked: &[UpstreamRequest]) -> (&str, &[u8]) {
    let write = asked.iter().find(|request| request.method == Method::POST);
    match write.map(|request| (request.path.as_str(), &request.body)) {
        Some((path, Body::Json(body))) => (path, body),
        other => panic!("{other:?}"),
    }
}

fn success() -> String {
    r#"{"status":"success"}"#.to_owned()
}

/// A configuration in one of its spellings.
fn configuration() -> impl Strategy<Value = (Json, String)> {
    let documented = number_on("sms").member("sms_config").unwrap().clone();
    let value = prop_oneof![mutated(Just(documented)), anything()];
    (value, any::<bool>()).prop_map(|(value, spaced)| {
        let spelt = if spaced {
            serde_json::to_string_pretty(&value).unwrap()
        } else {
            text(&value)
        };
        (value, spelt)
    })
}

/// A number as it is after a write, still at its address.
fn number_after(channel: &str) -> impl Strategy<Value = Json> + use<> {
    mutated(Just(number_on(channel))).prop_map(|mut number| {
        if let Json::Object(members) = &mut number {
            members.retain(|(name, _)| name != "phone_number");
            members.push(("phone_number".to_owned(), Json::text(ADDRESS)));
        }
        number
    })
}

fn check_written(channel: &str, spelt: &str, request: &[u8]) -> Result<(), TestCaseError> {
    let before = Node::parse(spelt.as_bytes()).unwrap();
    // Refuses repeated members.
    let sent = Node::parse(request).unwrap();
    for (name, value) in OWN.into_iter().zip([ADDRESS, channel, URL]) {
        prop_assert_eq!(sent.member(name).and_then(Node::as_str), Some(value));
    }
    let names = |node: &Node<'_>| -> Vec<String> {
        let members = keys_of(node).into_iter();
        members.filter(|name| !OWN.contains(&name.as_str())).collect()
    };
    prop_assert_eq!(names(&sent), names(&before));
    for name in names(&before) {
        let text = |node: &Node<'_>| node.member(&name).unwrap().text().to_owned();
        prop_assert_eq!(text(&sent), text(&before), "{}", name);
    }
    Ok(())
}

fn keys_of(node: &Node<'_>) -> Vec<String> {
    match node.kind() {
        model::Kind::Object(members) => members.iter().map(|(name, _)| name.to_string()).collect(),
        _ => Vec::new(),
    }
}

fn redeliver(log: &str, resent: &str) -> Result<WebhookDelivery> {
    let provider = providers::find("bland").unwrap();
    let account = account(provider.as_ref());
    let (conversation, delivery) = (
        "convo_abc123".parse().unwrap(),
        "220f37fb7642df38".parse().unwrap(),
    );
    let exchange = provider.redeliver_webhook_delivery(&account, &conversation, &delivery, true);
    let mut bodies = [data(log), resent.to_owned()].into_iter();
    let mut session = Session::new(provider.as_ref(), |_| ok(bodies.next().unwrap()));
    session.walk(exchange.unwrap())
}

/// A log as it is after a resend.
fn resent() -> Json {
    let mut log = log();
    if let Json::Object(members) = &mut log {
        let payload = json(r#"{"type":"status","message_count":6.0,"reason":null}"#);
        members.push(("sent_payload".to_owned(), payload));
        members.push(("rebuilt".to_owned(), Json::Bool(true)));
    }
    log
}

const PRESENT: &str = r#"{"conversation_id":"convo_abc123","created_at":"2026-04-13T20:50:59.233Z"}"#;

/// A replacement that does not reach the point of comparison would prove nothing.
#[test]
fn the_documented_number_is_read_back() {
    for channel in CHANNELS {
        let list = data(&format!("[{}]", text(&number_on(channel))));
        let done = replace(channel, [list.clone(), success(), list]);
        let webhook = done.came.unwrap();
        assert_eq!(
            canonical(&bland::rebuild_webhook(&webhook)),
            canonical(&number_on(channel))
        );
        assert_eq!(done.asked.len(), 3);
        let (path, _) = written(&done.asked);
        assert_eq!(path == "/v1/sms/webhook/update", channel == "sms");
    }
    let delivery = redeliver(PRESENT, &data(&format!("[{}]", text(&resent())))).unwrap();
    let extra = text(&delivery.extra.unwrap().residue);
    assert!(
        extra.contains(r#""message_count":6.0"#) && extra.contains(r#""rebuilt":true"#),
        "{extra}"
    );
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_of_a_configuration_is_lost(
        channel in select(&["whatsapp", "imessage"][..]), (value, spelt) in configuration(),
    ) {
        let after = data(&format!("[{}]", text(&number_on(channel))));
        let done = replace_configured(channel, &spelt, [success(), after]);
        if matches!(value, Json::Object(_) | Json::Null) {
            let (path, body) = written(&done.asked);
            prop_assert_eq!(path, "/v1/sms/number/update");
            check_written(channel, &spelt, body)?;
            prop_assert!(done.came.is_ok());
        } else {
            // What cannot be sent back is not overwritten.
            prop_assert_eq!(done.asked.len(), 1);
            prop_assert_eq!(done.came.unwrap_err().code(), Code::ProviderProtocolError);
        }
    }

    #[test]
    fn by_sms_nothing_but_the_url_is_sent((_, spelt) in configuration()) {
        let after = data(&format!("[{}]", text(&number_on("sms"))));
        let done = replace_configured("sms", &spelt, [success(), after]);
        let (path, body) = written(&done.asked);
        prop_assert_eq!(path, "/v1/sms/webhook/update");
        let expected = format!(r#"{{"phone_number":"{ADDRESS}","webhook":"{URL}"}}"#);
        prop_assert_eq!(std::str::from_utf8(body).unwrap(), expected);
        prop_assert!(done.came.is_ok());
    }

    #[test]
    fn what_is_read_behind_a_write_comes_back(
        (channel, after) in select(&CHANNELS[..])
            .prop_flat_map(|channel| (Just(channel), number_after(channel))),
    ) {
        let list = data(&format!("[{}]", text(&after)));
        match replace_configured(channel, "{}", [success(), list]).came {
            Ok(webhook) => {
                prop_assert_eq!(canonical(&bland::rebuild_webhook(&webhook)), canonical(&after));
                prop_assert_eq!(keys(&json(&serde_json::to_string(&webhook).unwrap())), WEBHOOK);
            }
            Err(error) => prop_assert_eq!(error.code(), Code::Conflict),
        }
    }

    #[test]
    fn what_is_read_behind_a_resend_comes_back(native in mutated(Just(resent()))) {
        let delivery = redeliver(PRESENT, &data(&format!("[{}]", text(&native)))).unwrap();
        prop_assert_eq!(canonical(&bland::rebuild_delivery(&delivery)), canonical(&native));
    }

    #[test]
    fn whatever_answers_a_write(
        channel in select(&CHANNELS[..]), taken in anything(), after in anything(), list in any::<bool>(),
    ) {
        let after = if list { data(&text(&after)) } else { text(&after) };
        let done = replace_configured(channel, "{}", [text(&taken), after.clone()]);
        let writes = done.asked.iter().filter(|request| request.method == Method::POST);
        prop_assert_eq!(writes.count(), 1);
        if let Err(error) = done.came {
            prop_assert_eq!(error.origin(), Origin::Provider);
        }
        if let Err(error) = redeliver(PRESENT, &after) {
            prop_assert_eq!(error.origin(), Origin::Provider);
        }
    }
}

//! Neutral fields and `extra` together are the provider's JSON: same members, same number text, null distinct
//! from absent. Order and white space excepted.

use model::{Extra, Json, Node, Number, PageRequest, Webhook, WebhookDelivery};
use proptest::prelude::*;
use proptest::sample::select;
use providers::{bland, twilio};

use crate::bodies::{anything, canonical, config, log, mutated, number, text, webhooks};
use crate::drive::{Session, account, json, ok};

const CONVERSATION: &str = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const IN_SERVICE: &str = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Every webhook that a body of webhooks becomes, asked for by that conversation.
pub(crate) fn read_webhooks(body: &str, conversation: &str) -> Vec<Webhook> {
    let provider = providers::find("twilio").unwrap();
    let page = PageRequest {
        limit: 100,
        token: None,
    };
    let conversation = conversation.parse().unwrap();
    let exchange = provider.list_conversation_webhooks(&account(provider.as_ref()), &conversation, &page);
    let mut session = Session::new(provider.as_ref(), |_| ok(body.to_owned()));
    session.walk(exchange.unwrap()).unwrap().items
}

pub(crate) fn read_log(body: &str) -> Option<WebhookDelivery> {
    let provider = providers::find("bland").unwrap();
    let page = PageRequest {
        limit: 100,
        token: None,
    };
    let conversation = "convo_abc123".parse().unwrap();
    let exchange = provider.list_webhook_deliveries(&account(provider.as_ref()), &conversation, &page);
    let mut session = Session::new(provider.as_ref(), |_| ok(body.to_owned()));
    session.walk(exchange.unwrap()).unwrap().items.pop()
}

pub(crate) fn read_numbers(body: &str, channel: &str) -> Vec<Number> {
    let provider = providers::find("bland").unwrap();
    let page = PageRequest {
        limit: 100,
        token: None,
    };
    let exchange = provider.list_numbers(&account(provider.as_ref()), Some(channel), &page);
    let mut session = Session::new(provider.as_ref(), |_| ok(body.to_owned()));
    session.walk(exchange.unwrap()).unwrap().items
}

pub(crate) fn list_of_webhooks(item: &Json) -> String {
    format!(
        "{{\"meta\":{{\"key\":\"webhooks\"}},\"webhooks\":[{}]}}",
        text(item)
    )
}

pub(crate) fn data(value: &str) -> String {
    format!("{{\"data\":{value},\"errors\":null}}")
}

/// What a client gets as `extra` is what was rebuilt from.
fn shown(extra: Option<&Extra>) -> Json {
    let shown = serde_json::to_string(extra.unwrap()).unwrap();
    let node = Node::parse(shown.as_bytes()).unwrap();
    node.member(extra.unwrap().provider).unwrap().to_json()
}

fn a_webhook() -> impl Strategy<Value = Json> {
    select(webhooks())
}

fn check_webhook(native: &Json, conversation: &str) -> Result<(), TestCaseError> {
    let webhook = read_webhooks(&list_of_webhooks(native), conversation).remove(0);
    prop_assert_eq!(canonical(&twilio::rebuild_webhook(&webhook)), canonical(native));
    let residue = &webhook.extra.as_ref().unwrap().residue;
    prop_assert_eq!(&shown(webhook.extra.as_ref()), &json(&text(residue)));
    Ok(())
}

fn check_log(native: &Json) -> Result<(), TestCaseError> {
    if let Some(delivery) = read_log(&data(&text(native))) {
        prop_assert_eq!(canonical(&bland::rebuild_delivery(&delivery)), canonical(native));
    } else {
        prop_assert_eq!(native, &Json::Null);
    }
    Ok(())
}

fn check_number(native: &Json, channel: &str) -> Result<(), TestCaseError> {
    let number = read_numbers(&data(&format!("[{}]", text(native))), channel).remove(0);
    prop_assert_eq!(canonical(&bland::rebuild_number(&number)), canonical(native));
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn of_webhooks(native in mutated(a_webhook()), conversation in select(&[CONVERSATION, IN_SERVICE][..])) {
        check_webhook(&native, conversation)?;
    }

    #[test]
    fn of_logs(native in mutated(Just(log()))) {
        check_log(&native)?;
    }

    #[test]
    fn of_numbers(native in mutated(Just(number())), channel in select(&["sms", "whatsapp"][..])) {
        check_number(&native, channel)?;
    }

    #[test]
    fn of_whatever_comes(native in anything()) {
        check_webhook(&native, CONVERSATION)?;
        check_log(&native)?;
        check_number(&native, "imessage")?;
    }
}

#[test]
fn what_the_neutral_fields_say_is_not_in_extra() {
    let residues: Vec<_> = webhooks_of_the_documentation()
        .iter()
        .map(|webhook| text(&webhook.extra.as_ref().unwrap().residue))
        .collect();
    for (residue, holds) in residues.iter().zip(["\"get\"", "keyword1", "account_sid"]) {
        assert!(residue.contains(holds), "{residue}");
        for determined in [
            "flow_sid",
            "date_created",
            "\"sid\"",
            "target",
            "onMessageSent",
            "conversation_sid",
        ] {
            assert!(!residue.contains(determined), "{determined} in {residue}");
        }
    }
}

fn webhooks_of_the_documentation() -> Vec<Webhook> {
    let items = Json::Array(webhooks());
    read_webhooks(&format!("{{\"webhooks\":{}}}", text(&items)), CONVERSATION)
}

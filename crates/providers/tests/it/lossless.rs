//! Neutral fields and `extra` together are the provider's JSON: same members, same number text, null distinct
//! from absent. Order and white space excepted.

use model::{
    Conversation, ConversationFilter, Extra, Json, Node, Number, PageRequest, Service, Webhook,
    WebhookDelivery,
};
use proptest::prelude::*;
use proptest::sample::select;
use providers::{bland, twilio};

use crate::bodies::{
    anything, canonical, config, conversation, conversations, log, mutated, number, services, text, webhooks,
};
use crate::drive::{Session, account, json, ok};

const CONVERSATION: &str = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SERVICE: &str = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
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

/// Every conversation that a body of Twilio's becomes, with or without a service that was asked for.
pub(crate) fn read_conversations_of_twilio(body: &str, service: Option<&str>) -> Vec<Conversation> {
    let provider = providers::find("twilio").unwrap();
    let page = PageRequest {
        limit: 100,
        token: None,
    };
    let filter = ConversationFilter {
        service: service.map(|id| id.parse().unwrap()),
        ..ConversationFilter::default()
    };
    let exchange = provider.list_conversations(&account(provider.as_ref()), &filter, &page);
    let mut session = Session::new(provider.as_ref(), |_| ok(body.to_owned()));
    session.walk(exchange.unwrap()).unwrap().items
}

pub(crate) fn read_services(body: &str) -> Vec<Service> {
    let provider = providers::find("twilio").unwrap();
    let page = PageRequest {
        limit: 100,
        token: None,
    };
    let exchange = provider.list_services(&account(provider.as_ref()), &page);
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

/// A page of Twilio's with one item.
pub(crate) fn page_of(key: &str, item: &Json) -> String {
    format!("{{\"meta\":{{\"key\":\"{key}\"}},\"{key}\":[{}]}}", text(item))
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
    let webhook = read_webhooks(&page_of("webhooks", native), conversation).remove(0);
    prop_assert_eq!(canonical(&twilio::rebuild_webhook(&webhook)), canonical(native));
    let residue = &webhook.extra.as_ref().unwrap().residue;
    prop_assert_eq!(&shown(webhook.extra.as_ref()), &json(&text(residue)));
    Ok(())
}

fn check_conversation_of_twilio(native: &Json, service: Option<&str>) -> Result<(), TestCaseError> {
    let conversation = read_conversations_of_twilio(&page_of("conversations", native), service).remove(0);
    prop_assert_eq!(
        canonical(&twilio::rebuild_conversation(&conversation)),
        canonical(native)
    );
    // Clients see the same null where there are no attributes and where they are `null`.
    prop_assert!(
        conversation
            .attributes
            .is_none_or(|value| value.as_str() != "null")
    );
    Ok(())
}

fn check_service(native: &Json) -> Result<(), TestCaseError> {
    let service = read_services(&page_of("services", native)).remove(0);
    prop_assert_eq!(canonical(&twilio::rebuild_service(&service)), canonical(native));
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
    fn of_conversations_of_twilio(native in mutated(conversation()), service in select(&[None, Some(SERVICE)][..])) {
        check_conversation_of_twilio(&native, service)?;
    }

    #[test]
    fn of_services(native in mutated(select(services()))) {
        check_service(&native)?;
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
        check_conversation_of_twilio(&native, None)?;
        check_service(&native)?;
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

#[test]
fn a_conversation_says_its_own_in_neutral_fields_alone() {
    let native = conversations().remove(0);
    let conversation = read_conversations_of_twilio(&page_of("conversations", &native), None).remove(0);
    let residue = text(&conversation.extra.as_ref().unwrap().residue);
    for rest in [
        "account_sid",
        "messaging_service_sid",
        "unique_name",
        "timers",
        "bindings",
        "links",
    ] {
        assert!(residue.contains(rest), "{rest} not in {residue}");
    }
    for determined in [
        "\"sid\"",
        "chat_service_sid",
        "friendly_name",
        "attributes",
        "state",
        "date_created",
    ] {
        assert!(!residue.contains(determined), "{determined} in {residue}");
    }
}

fn webhooks_of_the_documentation() -> Vec<Webhook> {
    let items = Json::Array(webhooks());
    read_webhooks(&format!("{{\"webhooks\":{}}}", text(&items)), CONVERSATION)
}

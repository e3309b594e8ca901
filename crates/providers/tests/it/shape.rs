//! The key set of a resource depends on neither provider nor input.

use model::{Conversation, Json};
use proptest::prelude::*;
use proptest::sample::select;
use serde::Serialize;

use crate::bodies::{anything, config, conversation, log, mutated, number, services, text, webhooks};
use crate::drive::json;
use crate::lossless::{
    data, page_of, read_conversations_of_twilio, read_log, read_numbers, read_services, read_webhooks,
};

const SERVICE: &str = "id self connection provider name created_at updated_at extra raw";
const CONVERSATION: &str = "id self connection provider native_id service_id name status closed_reason channel \
                            user_number agent_number message_count last_message_at attributes created_at \
                            updated_at extra raw";
const WEBHOOK: &str = "id self connection provider scope source inherited overridden phase target events \
                       keywords enabled created_at updated_at extra";
const DELIVERY: &str = "id self connection provider conversation_id event url status payload attempts \
                        observed_by completeness created_at extra raw";
const ATTEMPT: &str = "number sent_at status_code duration_ms kind outcome error";
const NUMBER: &str = "id self connection provider channel address phone_number label webhook agent \
                      messaging_service_id conversation_count created_at updated_at extra raw";
const AGENT: &str = "objective pathway temperature tools request_data timeout_ms";

fn keys(value: &Json) -> String {
    match value {
        Json::Object(members) => members
            .iter()
            .map(|(key, _)| key.as_str())
            .collect::<Vec<_>>()
            .join(" "),
        other => panic!("{other:?} is no object"),
    }
}

fn shown(resource: &impl Serialize) -> Json {
    json(&serde_json::to_string(resource).unwrap())
}

fn check_service(native: &Json) -> Result<(), TestCaseError> {
    for service in read_services(&page_of("services", native)) {
        prop_assert_eq!(keys(&shown(&service)), SERVICE);
    }
    Ok(())
}

fn check_conversations(conversations: &[Conversation]) -> Result<(), TestCaseError> {
    for conversation in conversations {
        prop_assert_eq!(keys(&shown(conversation)), CONVERSATION);
    }
    Ok(())
}

fn check_conversation_of_twilio(native: &Json) -> Result<(), TestCaseError> {
    check_conversations(&read_conversations_of_twilio(
        &page_of("conversations", native),
        None,
    ))
}

fn check_webhook(native: &Json) -> Result<(), TestCaseError> {
    for webhook in read_webhooks(&page_of("webhooks", native), "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") {
        let shown = shown(&webhook);
        prop_assert_eq!(keys(&shown), format!("{WEBHOOK} raw"));
        prop_assert_eq!(keys(shown.member("scope").unwrap()), "type id");
        let target = keys(shown.member("target").unwrap());
        prop_assert!(
            matches!(target.as_str(), "type url method" | "type flow_id" | "type"),
            "{}",
            target
        );
    }
    Ok(())
}

fn check_log(native: &Json) -> Result<(), TestCaseError> {
    if let Some(delivery) = read_log(&data(&text(native))) {
        let shown = shown(&delivery);
        prop_assert_eq!(keys(&shown), DELIVERY);
        if let Some(Json::Array(attempts)) = shown.member("attempts") {
            prop_assert!(attempts.iter().all(|attempt| keys(attempt) == ATTEMPT));
        }
    }
    Ok(())
}

fn check_number(native: &Json) -> Result<(), TestCaseError> {
    for number in read_numbers(&data(&format!("[{}]", text(native))), "sms") {
        let shown = shown(&number);
        prop_assert_eq!(keys(&shown), NUMBER);
        match shown.member("webhook").unwrap() {
            Json::Null => {}
            webhook => prop_assert_eq!(keys(webhook), WEBHOOK),
        }
        match shown.member("agent").unwrap() {
            Json::Null => {}
            agent => {
                prop_assert_eq!(keys(agent), AGENT);
                prop_assert_eq!(keys(agent.member("pathway").unwrap()), "id version start_node_id");
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn of_services(native in mutated(select(services()))) {
        check_service(&native)?;
    }

    #[test]
    fn of_conversations_of_twilio(native in mutated(conversation())) {
        check_conversation_of_twilio(&native)?;
    }

    #[test]
    fn of_webhooks(native in mutated(select(webhooks()))) {
        check_webhook(&native)?;
    }

    #[test]
    fn of_deliveries(native in mutated(Just(log()))) {
        check_log(&native)?;
    }

    #[test]
    fn of_numbers(native in mutated(Just(number()))) {
        check_number(&native)?;
    }

    #[test]
    fn of_whatever_comes(native in anything()) {
        check_service(&native)?;
        check_conversation_of_twilio(&native)?;
        check_webhook(&native)?;
        check_log(&native)?;
        check_number(&native)?;
    }
}

//! Twilio's numbers and callbacks: nothing is lost, no key comes or goes, an id asks for what it is of.

use model::{AccountScope, Code, Json, NativeId, Number, PageRequest, Phase, Result, Webhook};
use proptest::prelude::*;
use proptest::sample::select;
use providers::twilio;

use crate::bodies::{anything, canonical, config, mutated, text};
use crate::drive::{Session, account, json, ok};
use crate::lossless::page_of;

const NUMBER: &str = "id self connection provider channel address phone_number label webhook agent \
                      messaging_service_id conversation_count created_at updated_at extra raw";
const WEBHOOK: &str = "id self connection provider scope source inherited overridden phase target events \
                       keywords enabled created_at updated_at extra";
pub(crate) const CONVERSATION: &str = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SERVICE: &str = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// Address configurations of every type and form.
pub(crate) fn numbers() -> Vec<Json> {
    const LISTS: [&str; 3] = [
        include_str!("../../fixtures/twilio/list_numbers/documented.1.http"),
        include_str!("../../fixtures/twilio/list_numbers/documented_channels.1.http"),
        include_str!("../../fixtures/twilio/list_numbers/addresses_of_all_forms.1.http"),
    ];
    let items = |list| match body(list).member("address_configurations") {
        Some(Json::Array(items)) => items.clone(),
        other => panic!("{other:?} is no list"),
    };
    LISTS.into_iter().flat_map(items).collect()
}

/// Callbacks of an account and of a service, set and unset.
fn callbacks() -> Vec<Json> {
    const ALL: [&str; 4] = [
        include_str!("../../fixtures/twilio/list_account_webhooks/documented.1.http"),
        include_str!("../../fixtures/twilio/list_account_webhooks/flex.1.http"),
        include_str!("../../fixtures/twilio/list_service_webhooks/documented.1.http"),
        include_str!("../../fixtures/twilio/list_service_webhooks/documented_unset.1.http"),
    ];
    ALL.into_iter().map(body).collect()
}

fn body(fixture: &str) -> Json {
    json(fixture.split_once("\n\n").unwrap().1)
}

fn scopes() -> [AccountScope; 2] {
    [AccountScope::Account, AccountScope::Service(id(SERVICE))]
}

pub(crate) fn id(text: &str) -> NativeId {
    text.parse().unwrap()
}

fn whole() -> PageRequest {
    PageRequest {
        limit: 100,
        token: None,
    }
}

pub(crate) fn read_numbers(native: &Json) -> Vec<Number> {
    let provider = providers::find("twilio").unwrap();
    let exchange = provider.list_numbers(&account(provider.as_ref()), None, &whole());
    let body = page_of("address_configurations", native);
    let mut session = Session::new(provider.as_ref(), |_| ok(body.clone()));
    session.walk(exchange.unwrap()).unwrap().items
}

fn read_number(number: &str, native: &Json) -> Result<Number> {
    let provider = providers::find("twilio").unwrap();
    let exchange = provider.get_number(&account(provider.as_ref()), &id(number))?;
    Session::new(provider.as_ref(), |_| ok(text(native))).walk(exchange)
}

fn read_number_webhook(number: &str, native: &Json) -> Result<Webhook> {
    let provider = providers::find("twilio").unwrap();
    let exchange = provider.get_number_webhook(&account(provider.as_ref()), &id(number))?;
    Session::new(provider.as_ref(), |_| ok(text(native))).walk(exchange)
}

pub(crate) fn read_callback(scope: &AccountScope, phase: Phase, native: &Json) -> Webhook {
    let provider = providers::find("twilio").unwrap();
    let exchange = provider.get_scope_webhook(&account(provider.as_ref()), scope, phase);
    let mut session = Session::new(provider.as_ref(), |_| ok(text(native)));
    session.walk(exchange.unwrap()).unwrap()
}

fn keys(resource: &impl serde::Serialize) -> String {
    match json(&serde_json::to_string(resource).unwrap()) {
        Json::Object(members) => {
            let keys: Vec<_> = members.iter().map(|(key, _)| key.as_str()).collect();
            keys.join(" ")
        }
        other => panic!("{other:?} is no object"),
    }
}

fn check_number(native: &Json) -> Result<(), TestCaseError> {
    let number = read_numbers(native).remove(0);
    prop_assert_eq!(canonical(&twilio::rebuild_number(&number)), canonical(native));
    prop_assert_eq!(keys(&number), NUMBER);
    if let Some(webhook) = &number.webhook {
        prop_assert_eq!(keys(webhook), WEBHOOK);
    }
    // What the list calls it, it can be asked for by, and is called then.
    let asked = number.id.strip_prefix("twilio:").unwrap();
    let again =
        read_number(asked, native).map_err(|error| TestCaseError::fail(format!("{error} {asked}")))?;
    prop_assert_eq!(&again.id, &number.id);
    match read_number_webhook(asked, native) {
        Ok(webhook) => {
            prop_assert_eq!(
                canonical(&twilio::rebuild_number_webhook(&webhook)),
                canonical(native)
            );
            prop_assert_eq!(keys(&webhook), format!("{WEBHOOK} raw"));
            prop_assert_eq!(&webhook.path, &number.webhook.unwrap().path);
        }
        Err(error) => {
            prop_assert_eq!(error.code(), Code::NotFound);
            prop_assert!(number.webhook.is_none());
        }
    }
    Ok(())
}

fn check_callbacks(native: &Json) -> Result<(), TestCaseError> {
    for scope in &scopes() {
        for phase in [Phase::Before, Phase::After] {
            let webhook = read_callback(scope, phase, native);
            prop_assert_eq!(canonical(&twilio::rebuild_callbacks(&webhook)), canonical(native));
            prop_assert_eq!(keys(&webhook), format!("{WEBHOOK} raw"));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn numbers_lose_nothing(native in mutated(select(numbers()))) {
        check_number(&native)?;
    }

    #[test]
    fn callbacks_lose_nothing(native in mutated(select(callbacks()))) {
        check_callbacks(&native)?;
    }

    #[test]
    fn nothing_is_lost_of_whatever_comes(native in anything()) {
        check_number(&native)?;
        check_callbacks(&native)?;
    }

    #[test]
    fn lists_that_are_cut_here_show_everything_once(own in 0usize..6, limit in 1usize..10) {
        let provider = providers::find("twilio").unwrap();
        let account = &account(provider.as_ref());
        let webhooks: Vec<_> = (0..own).map(|n| format!(r#"{{"sid":"WH{n:032}"}}"#)).collect();
        let list = format!(r#"{{"webhooks":[{}]}}"#, webhooks.join(","));
        let (mut seen, mut token) = (Vec::new(), None);
        loop {
            let exchange = provider.list_effective_webhooks(account, &id(CONVERSATION), &PageRequest { limit, token });
            let mut session = Session::new(provider.as_ref(), |request| {
                ok(if request.path.as_str().contains("/Conversations/") {
                    list.clone()
                } else {
                    r#"{"pre_webhook_url":"https://example.com"}"#.to_owned()
                })
            });
            let page = session.walk(exchange.unwrap()).unwrap();
            prop_assert!(page.items.len() == limit || page.next.is_none() && page.items.len() < limit);
            seen.extend(page.items.into_iter().map(|webhook| (webhook.path, webhook.inherited)));
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        let own = (0..own).map(|n| (format!("/v1/conversations/twilio:{CONVERSATION}/webhooks/WH{n:032}"), false));
        let inherited = [
            (format!("/v1/services/twilio:{SERVICE}/webhooks/before"), true),
            ("/v1/connections/twilio/webhooks/before".to_owned(), true),
        ];
        prop_assert_eq!(seen, own.chain(inherited).collect::<Vec<_>>());
    }
}

#[test]
fn a_conversation_has_one_subject_however_it_is_spelled() {
    let provider = providers::find("twilio").unwrap();
    let bare = CONVERSATION.split_once('.').unwrap().1;
    for (spelling, subject) in [
        (CONVERSATION, bare),
        (bare, bare),
        (SERVICE, SERVICE),
        ("sms:+14155552671", "sms:+14155552671"),
        (
            "email:a.CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "email:a.CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ),
        (
            "IS1.CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "IS1.CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ),
        (
            "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.CH1",
            "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.CH1",
        ),
    ] {
        assert_eq!(provider.subject(&id(spelling)), subject);
    }
}

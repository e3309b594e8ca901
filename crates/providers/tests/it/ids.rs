//! The forms of ids that a profile declares are those that its adapter takes.

use model::{Code, IdOf, NativeId, Provider, Result, WebhookChange};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::string::string_regex;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::drive::account;

/// What the adapter makes of an id; all others are of the declared forms.
fn read(provider: &dyn Provider, of: IdOf, id: &str) -> Result<()> {
    let account = &account(provider);
    let native: NativeId = id.parse().unwrap();
    let conversation = &sample(provider, IdOf::Conversation).parse().unwrap();
    match of {
        IdOf::Conversation => provider.get_conversation(account, &native).map(drop),
        IdOf::Service => provider.get_service(account, &native).map(drop),
        IdOf::Number => provider.get_number(account, &native).map(drop),
        IdOf::Webhook => provider
            .get_conversation_webhook(account, conversation, &native)
            .map(drop),
        IdOf::Delivery => provider
            .get_webhook_delivery(account, conversation, &native)
            .map(drop),
        IdOf::Flow => {
            let body = format!(r#"{{"target": {{"type": "flow", "flow_id": "{id}"}}}}"#);
            let change = WebhookChange::read(body.as_bytes())?;
            provider
                .create_conversation_webhook(account, conversation, &change)
                .map(drop)
        }
    }
}

/// Texts of the form. What it excludes by looking ahead is too rare to be met.
fn texts(form: &str) -> impl Strategy<Value = String> {
    let form = form
        .replace(r"(?!\.{1,2}$)", "")
        .replace("(?!(?:sms|whatsapp|messenger|gbm|email|rcs|apple|chat):)", "");
    assert!(!form.contains("(?!"), "{form}");
    string_regex(&form).unwrap()
}

fn sample(provider: &dyn Provider, of: IdOf) -> String {
    let form = form_of(provider, of);
    let tree = texts(form).new_tree(&mut TestRunner::deterministic()).unwrap();
    tree.current()
}

fn form_of(provider: &dyn Provider, of: IdOf) -> &'static str {
    let forms = provider.profile().ids;
    forms.iter().find(|(known, _)| *known == of).unwrap().1
}

#[test]
fn what_has_the_declared_form_is_taken() {
    for provider in providers::all() {
        for (of, form) in provider.profile().ids {
            let config = ProptestConfig {
                failure_persistence: None,
                ..ProptestConfig::with_cases(64)
            };
            let mut runner =
                TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
            let taken = runner.run(&texts(form), |id| {
                prop_assume!(id != "." && id != "..");
                let read = read(provider.as_ref(), *of, &id);
                prop_assert!(read.is_ok(), "{of:?} {id}: {read:?}");
                Ok(())
            });
            taken.unwrap();
        }
    }
}

#[test]
fn what_has_another_form_is_not() {
    for provider in providers::all() {
        for (of, _) in provider.profile().ids {
            let mut others = vec!["!".to_owned(), format!("twilio:sms:{}", "1".repeat(200))];
            others.extend((*of == IdOf::Number).then(|| format!("sms:{}", "1".repeat(201))));
            for id in others {
                let error = read(provider.as_ref(), *of, &id).unwrap_err();
                let refused = [Code::InvalidRequest, Code::NotFound].contains(&error.code());
                assert!(refused, "{of:?} {id}: {error:?}");
            }
        }
    }
}

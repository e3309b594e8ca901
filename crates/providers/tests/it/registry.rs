//! What the registry promises to whoever looks an adapter up.

use std::collections::BTreeSet;

use model::{Code, ConversationFilter, Operation, OptionKind, PageRequest, Support};

use crate::drive::account;

#[test]
fn adapters_are_found_by_the_name_that_they_have() {
    let names: BTreeSet<_> = providers::all().iter().map(|p| p.profile().provider).collect();
    assert_eq!(names, BTreeSet::from(["bland", "twilio"]));
    for name in names {
        assert_eq!(providers::find(name).unwrap().profile().provider, name);
    }
    assert!(providers::find("Twilio").is_none() && providers::find("").is_none());
}

#[test]
fn profiles_are_fit_for_use() {
    for provider in providers::all() {
        let profile = provider.profile();
        assert!(profile.base_url.starts_with("https://") && !profile.base_url.ends_with('/'));
        let mut seen = BTreeSet::new();
        for (operation, support) in profile.capabilities.0 {
            assert!(seen.insert(operation.name()), "{} twice", operation.name());
            assert_ne!(
                *support,
                Support::Unsupported,
                "what is not listed is unsupported"
            );
        }
        for (name, kind) in profile.options {
            assert!(!matches!(kind, OptionKind::Word([])), "{name} has no default");
        }
    }
}

/// The gate stands before, but an adapter must not answer for what it does not declare.
#[test]
fn what_is_not_declared_is_refused() {
    for provider in providers::all() {
        let (p, account) = (provider.as_ref(), &account(provider.as_ref()));
        let id = &"x".parse().unwrap();
        let filter = &ConversationFilter::default();
        let page = &PageRequest {
            limit: 1,
            token: None,
        };
        for operation in Operation::ALL {
            let error = match operation {
                Operation::ListServices => p.list_services(account, page).err(),
                Operation::ListConversations => p.list_conversations(account, filter, page).err(),
                Operation::GetConversation => p.get_conversation(account, id).err(),
                Operation::ListConversationWebhooks => p.list_conversation_webhooks(account, id, page).err(),
                Operation::GetConversationWebhook => p.get_conversation_webhook(account, id, id).err(),
                Operation::ListWebhookDeliveries => p.list_webhook_deliveries(account, id, page).err(),
                Operation::GetWebhookDelivery => p.get_webhook_delivery(account, id, id).err(),
                Operation::ListNumbers => p.list_numbers(account, None, page).err(),
                Operation::GetNumber => p.get_number(account, id).err(),
            };
            let refused = error.is_some_and(|error| error.code() == Code::UnsupportedByProvider);
            let declared = p.profile().capabilities.of(operation) != Support::Unsupported;
            assert_eq!(
                declared,
                !refused,
                "{} {}",
                p.profile().provider,
                operation.name()
            );
        }
    }
}

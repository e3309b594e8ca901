//! What the registry promises to whoever looks an adapter up.

use std::collections::BTreeSet;

use model::{
    AccountScope, Code, Operation, OptionKind, Phase, Scope, ScopeType, Source, Support, Target, Webhook,
    WebhookChange,
};

use crate::drive::{account, declares, ok, run};
use crate::request::well_formed;

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
        for operation in Operation::ALL {
            let (p, account) = (provider.as_ref(), &account(provider.as_ref()));
            let request = &well_formed(p.profile().provider, operation);
            let id = &request.id.parse().unwrap();
            let (current, change) = (&webhook(), &WebhookChange::default());
            let error = match operation {
                Operation::UpdateConversationWebhook => {
                    p.update_conversation_webhook(account, id, current, change).err()
                }
                Operation::UpdateAccountWebhook => {
                    let scope = &AccountScope::Account;
                    p.update_scope_webhook(account, scope, current, change, false)
                        .err()
                }
                Operation::UpdateServiceWebhook => {
                    let scope = &AccountScope::Service(id.clone());
                    p.update_scope_webhook(account, scope, current, change, false)
                        .err()
                }
                _ => run(p, operation, request, &vec![ok("<html>"); 3]).answer.err(),
            };
            let refused = error.is_some_and(|error| error.code() == Code::UnsupportedByProvider);
            assert_eq!(
                declares(p.profile(), operation),
                !refused,
                "{} {}",
                p.profile().provider,
                operation.name()
            );
        }
    }
}

fn webhook() -> Webhook {
    Webhook {
        id: "x".to_owned(),
        path: "/v1/x".to_owned(),
        connection: "acme".parse().unwrap(),
        provider: "acme",
        scope: Scope {
            kind: ScopeType::Account,
            id: "acme".to_owned(),
        },
        source: Source::Configured,
        inherited: false,
        overridden: false,
        phase: Phase::After,
        target: Target::Http {
            url: None,
            method: None,
        },
        events: Vec::new(),
        keywords: Vec::new(),
        enabled: true,
        created_at: None,
        updated_at: None,
        extra: None,
        raw: None,
    }
}

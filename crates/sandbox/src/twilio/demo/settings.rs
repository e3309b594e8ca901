//! Where the made-up account and its services report events; that of the documented service is the documented
//! one.

use super::super::record::WebhookSettings;

/// The account's, with an event that is in a published answer and in no catalogue.
pub(in super::super) fn of_account() -> WebhookSettings {
    WebhookSettings {
        pre_webhook_url: Some("https://hooks.example.com/account/before".to_owned()),
        post_webhook_url: Some("https://hooks.example.com/account/after".to_owned()),
        method: Some("POST".to_owned()),
        target: Some("webhook".to_owned()),
        ..with_filters(&[
            "onMessageSend",
            "onMessageAdd",
            "onConversationUpdated",
            "onUserAdded",
        ])
    }
}

/// Only what has happened, and by GET.
pub(super) fn of_default_service() -> WebhookSettings {
    WebhookSettings {
        post_webhook_url: Some("https://hooks.example.com/service/after".to_owned()),
        method: Some("GET".to_owned()),
        ..with_filters(&["onMessageAdded", "onParticipantAdded", "onDeliveryUpdated"])
    }
}

pub(in super::super) fn of_documented_service() -> WebhookSettings {
    WebhookSettings {
        pre_webhook_url: Some("https://www.example.com/pre".to_owned()),
        post_webhook_url: Some("https://www.example.com/post".to_owned()),
        method: Some("POST".to_owned()),
        ..with_filters(&["onMessageRemove", "onParticipantAdd"])
    }
}

fn with_filters(names: &[&str]) -> WebhookSettings {
    WebhookSettings {
        filters: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..WebhookSettings::default()
    }
}

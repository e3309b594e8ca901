//! Requests that tests make, and good answers of the providers to them.

/// One call of Bland.
pub(crate) const NUMBER: &str = "/v1/numbers/bland:sms:+14155552671";
/// One call of Bland, of another operation.
pub(crate) const DELIVERIES: &str = "/v1/conversations/bland:convo_abc123/webhook-deliveries";
/// One call of Twilio.
pub(crate) const WEBHOOKS: &str = "/v1/conversations/twilio:CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/webhooks";

/// Bland's answer behind [`NUMBER`].
pub(crate) const NUMBER_BODY: &str = r#"{
    "data": [{
        "phone_number": "+14155552671",
        "sms_config": { "webhook": "https://hooks.example.com/sms", "objective": "Help." },
        "conversation_count": 34
    }],
    "errors": null
}"#;

/// Twilio's answer behind [`WEBHOOKS`]; its next page is where the test says.
pub(crate) fn webhooks_body(next_page_url: Option<&str>) -> String {
    let webhook = serde_json::json!({
        "sid": "WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "conversation_sid": "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "target": "webhook",
        "configuration": { "url": "https://hooks.example.com/", "method": "get", "filters": ["onMessageAdded"] },
        "date_created": "2016-03-24T21:05:50Z",
        "date_updated": "2016-03-24T21:05:50Z",
        "url": "https://conversations.twilio.com/v1/Conversations/x/Webhooks/y",
    });
    let meta =
        serde_json::json!({ "page": 0, "page_size": 5, "key": "webhooks", "next_page_url": next_page_url });
    serde_json::json!({ "meta": meta, "webhooks": [webhook] }).to_string()
}

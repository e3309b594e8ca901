//! The four documented answers, read through the whole gateway from the sandbox.

use serde_json::json;

use crate::rig::Gateway;

#[tokio::test]
async fn a_fetch_below_a_service_is_the_documented_studio_webhook() {
    let gateway = Gateway::demo().await;
    let conversation = "twilio:ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let path = format!("/v1/conversations/{conversation}/webhooks/WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    let answer = gateway.get(&path).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({
            "id": "WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "self": path,
            "connection": "twilio",
            "provider": "twilio",
            "scope": { "type": "conversation", "id": conversation },
            "source": "configured",
            "inherited": false,
            "overridden": false,
            "phase": "after",
            "target": { "type": "flow", "flow_id": "FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
            "events": [],
            "keywords": [],
            "enabled": true,
            "created_at": "2016-03-24T21:05:50Z",
            "updated_at": "2016-03-24T21:05:50Z",
            "extra": { "twilio": {
                "account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "url": "https://conversations.twilio.com/v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Conversations/CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Webhooks/WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            } },
        })
    );
    gateway.stop().await;
}

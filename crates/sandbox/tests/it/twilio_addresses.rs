//! Address configurations.

use std::collections::BTreeSet;

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::client::{Running, json};
use crate::twilio::{DEFAULT_SERVICE, distinct, error, error_of, follow, get};

const NOW: &str = "2026-07-01T12:30:45.987Z";
const ADDRESSES: &str = "/v1/Configuration/Addresses";
const ORDERS: &str = "/v1/Configuration/Addresses/%2B15005550100";

async fn all(running: &Running) -> Vec<Value> {
    follow(running, ADDRESSES).await.0
}

#[tokio::test]
async fn the_documented_ones_come_first() {
    let running = Running::start().await;
    let documented = json(include_str!("../../fixtures/twilio/documented_addresses.json"));
    let reply = get(&running, ADDRESSES).await;
    assert_eq!(
        (&reply.body["meta"]["key"], &reply.body["meta"]["page_size"]),
        (&json!("address_configurations"), &json!(50))
    );
    let listed = reply.body["address_configurations"].as_array().unwrap();
    assert_eq!((listed.len(), &json!(listed[..3])), (17, &documented));
    let (one_by_one, pages) = follow(&running, &format!("{ADDRESSES}?PageSize=1")).await;
    assert_eq!((&one_by_one, pages), (listed, 17));
}

#[tokio::test]
async fn each_is_fetched_by_its_sid_or_its_address() {
    let running = Running::start().await;
    let addresses = all(&running).await;
    assert_eq!(distinct(&addresses, "/sid").len(), addresses.len());
    for address in &addresses {
        let text = address["address"].as_str().unwrap().replace('+', "%2B");
        for name in [address["sid"].as_str().unwrap(), &text] {
            assert_eq!(&get(&running, &format!("{ADDRESSES}/{name}")).await.body, address);
        }
        assert_eq!(
            address["url"],
            format!(
                "https://conversations.twilio.com{ADDRESSES}/{}",
                address["sid"].as_str().unwrap()
            )
        );
    }
    for missing in ["IGffffffffffffffffffffffffffffffff", "+15005550100x", ""] {
        let reply = get(&running, &format!("{ADDRESSES}/{missing}")).await;
        assert_eq!(error_of(&reply), error(404, 20404), "{missing}");
    }
}

#[tokio::test]
async fn they_differ_in_every_known_way() {
    let running = Running::start().await;
    let addresses = all(&running).await;
    assert_eq!(
        distinct(&addresses, "/type"),
        BTreeSet::from(["apple", "chat", "email", "messenger", "rcs", "sms", "whatsapp"])
    );
    assert_eq!(
        distinct(&addresses, "/auto_creation/type"),
        BTreeSet::from(["default", "studio", "webhook"])
    );
    assert_eq!(
        distinct(&addresses, "/auto_creation/webhook_method"),
        BTreeSet::from(["POST", "get", "post"])
    );
    for kind in ["default", "studio", "webhook"] {
        let of_kind = || {
            addresses
                .iter()
                .filter(|one| one["auto_creation"]["type"] == kind)
        };
        for enabled in [true, false] {
            assert!(
                of_kind().any(|one| one["auto_creation"]["enabled"] == enabled),
                "{kind}"
            );
        }
    }
    let with_service = addresses
        .iter()
        .filter(|one| one["auto_creation"].get("conversation_service_sid").is_some());
    assert!((1..addresses.len()).contains(&with_service.count()));
    for field in ["friendly_name", "address_country"] {
        let nulls = addresses.iter().filter(|one| one[field].is_null()).count();
        assert!((1..addresses.len()).contains(&nulls), "{field}");
    }
}

#[tokio::test]
async fn a_type_selects() {
    let running = Running::start().await;
    for (kind, count) in [("sms", 10), ("whatsapp", 2), ("gbm", 0)] {
        let reply = get(&running, &format!("{ADDRESSES}?Type={kind}&PageSize=4")).await;
        let (some, _) = follow(&running, &format!("{ADDRESSES}?Type={kind}&PageSize=4")).await;
        assert_eq!((reply.status, some.len()), (StatusCode::OK, count), "{kind}");
        assert!(some.iter().all(|one| one["type"] == kind));
    }
    let unknown = get(&running, &format!("{ADDRESSES}?Type=fax")).await;
    assert_eq!(error_of(&unknown), error(400, 20001));
}

#[tokio::test]
async fn a_created_one_is_shown_and_found() {
    let running = Running::start_at(NOW).await;
    let form = format!(
        "Type=sms&Address=%2B15005551234&FriendlyName=Desk&AddressCountry=DE&AutoCreation.Enabled=true\
         &AutoCreation.Type=webhook&AutoCreation.ConversationServiceSid={DEFAULT_SERVICE}\
         &AutoCreation.WebhookUrl=https://x.example&AutoCreation.WebhookMethod=post\
         &AutoCreation.WebhookFilters=onMessageAdded&AutoCreation.WebhookFilters=onDeliveryUpdated"
    );
    let created = running.post_form(ADDRESSES, &form).await;
    let sid = created.body["sid"].as_str().unwrap();
    assert!(sid.starts_with("IG"), "{sid}");
    let expected = json!({
        "sid": sid,
        "account_sid": "AC00000000000000000000000000000001",
        "address": "+15005551234",
        "type": "sms",
        "friendly_name": "Desk",
        "address_country": "DE",
        "auto_creation": {
            "enabled": true,
            "type": "webhook",
            "conversation_service_sid": DEFAULT_SERVICE,
            "webhook_url": "https://x.example",
            "webhook_method": "post",
            "webhook_filters": ["onMessageAdded", "onDeliveryUpdated"]
        },
        "date_created": "2026-07-01T12:30:45Z",
        "date_updated": "2026-07-01T12:30:45Z",
        "url": format!("https://conversations.twilio.com{ADDRESSES}/{sid}"),
    });
    assert_eq!((created.status, &created.body), (StatusCode::CREATED, &expected));
    assert_eq!(
        get(&running, &format!("{ADDRESSES}/%2B15005551234")).await.body,
        expected
    );
    assert_eq!(all(&running).await.last(), Some(&expected));
    let again = running.post_form(ADDRESSES, &form).await;
    assert_eq!(error_of(&again), error(409, 20409));
    let bare = running
        .post_form(ADDRESSES, "Type=whatsapp&Address=%2B15005551234")
        .await;
    assert_eq!(
        bare.body["auto_creation"],
        json!({ "enabled": false, "type": "default" })
    );
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_a_type_drops_the_rest() {
    let running = Running::start_at(NOW).await;
    let before = get(&running, ORDERS).await.body;
    let updated = running.post_form(ORDERS, "FriendlyName=New").await;
    let mut expected = before.clone();
    expected["friendly_name"] = json!("New");
    expected["date_updated"] = json!("2026-07-01T12:30:45Z");
    assert_eq!((updated.status, &updated.body), (StatusCode::OK, &expected));
    let flow = "FW0123456789abcdef0123456789abcdef";
    let form = format!(
        "AutoCreation.Type=studio&AutoCreation.StudioFlowSid={flow}&AutoCreation.StudioRetryCount=3\
         &AutoCreation.Enabled=false&FriendlyName="
    );
    running
        .post_form(&format!("{ADDRESSES}/{}", before["sid"].as_str().unwrap()), &form)
        .await;
    expected["auto_creation"] =
        json!({ "enabled": false, "type": "studio", "studio_flow_sid": flow, "studio_retry_count": 3 });
    expected["friendly_name"] = Value::Null;
    assert_eq!(get(&running, ORDERS).await.body, expected);
    let default = running.post_form(ORDERS, "AutoCreation.Type=default").await;
    assert_eq!(
        default.body["auto_creation"],
        json!({ "enabled": false, "type": "default" })
    );
}

#[tokio::test]
async fn what_is_refused_is_not_done() {
    let running = Running::start().await;
    let before = all(&running).await;
    let new = "Type=sms&Address=%2B15005551234";
    let created = [
        ("", 20001),
        ("Type=sms", 20001),
        ("Address=%2B15005551234", 20001),
        ("Type=fax&Address=1", 20001),
        (&format!("{new}&AddressCountry=Germany"), 20001),
        (&format!("{new}&Nonsense=1"), 20001),
    ];
    for (form, code) in created {
        assert_eq!(
            error_of(&running.post_form(ADDRESSES, form).await),
            error(400, code),
            "{form}"
        );
    }
    let name = format!("FriendlyName={}", "n".repeat(257));
    let both = [
        (name.as_str(), 20001),
        ("AutoCreation.Enabled=yes", 20001),
        ("AutoCreation.Type=other", 20001),
        (
            "AutoCreation.ConversationServiceSid=ISffffffffffffffffffffffffffffffff",
            20001,
        ),
        ("AutoCreation.StudioRetryCount=-1", 20001),
        ("AutoCreation.StudioFlowSid=FW1", 50367),
        ("AutoCreation.WebhookFilters=onConversationAdded", 50365),
        ("AutoCreation.WebhookMethod=put", 50055),
        ("AutoCreation.WebhookUrl=nowhere", 50054),
    ];
    for (form, code) in both {
        let update = running.post_form(ORDERS, form).await;
        assert_eq!(error_of(&update), error(400, code), "{form}");
        let create = running.post_form(ADDRESSES, &format!("{new}&{form}")).await;
        assert_eq!(error_of(&create), error(400, code), "{form}");
    }
    for (form, code) in [("", 20161), ("Type=sms", 20001), ("AddressCountry=DE", 20001)] {
        assert_eq!(
            error_of(&running.post_form(ORDERS, form).await),
            error(400, code),
            "{form}"
        );
    }
    assert_eq!(all(&running).await, before);
}

#[tokio::test]
async fn a_deleted_one_is_gone() {
    let running = Running::start().await;
    let deleted = running.delete(ORDERS).await;
    assert_eq!(
        (deleted.status, deleted.text.as_str()),
        (StatusCode::NO_CONTENT, "")
    );
    assert_eq!(error_of(&get(&running, ORDERS).await), error(404, 20404));
    assert_eq!(error_of(&running.delete(ORDERS).await), error(404, 20404));
    assert_eq!(
        error_of(&running.post_form(ORDERS, "FriendlyName=x").await),
        error(404, 20404)
    );
    assert_eq!(all(&running).await.len(), 16);
}

//! Twilio's services and conversations as its clients see them.

use std::collections::BTreeSet;

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::client::{Running, json};
use crate::twilio::{DEFAULT_SERVICE, distinct, error, error_of, follow, get};

const DOCUMENTED_SERVICE: &str = "/v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const EMPTY_SERVICE: &str = "/v1/Services/IS00000000000000000000000000000002";
const DOCUMENTED_CONVERSATION: &str = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const CONVERSATIONS: &str = "/v1/Conversations";

fn sids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["sid"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_documented_service_is_fetched_exactly() {
    let running = Running::start().await;
    let documented = json(include_str!("../../fixtures/twilio/documented_service.json"));
    let reply = get(&running, DOCUMENTED_SERVICE).await;
    assert_eq!((reply.status, &reply.body), (StatusCode::OK, &documented));
}

#[tokio::test]
async fn services_are_listed_page_by_page() {
    let running = Running::start().await;
    let reply = get(&running, "/v1/Services").await;
    assert_eq!(reply.body["meta"]["key"], "services");
    assert_eq!(reply.body["meta"]["page_size"], 50);
    let services = reply.body["services"].as_array().unwrap();
    assert_eq!(services.len(), 3);
    assert_eq!(services[0]["sid"], DEFAULT_SERVICE);
    assert_eq!(services[2]["friendly_name"], Value::Null);
    let (one_by_one, pages) = follow(&running, "/v1/Services?PageSize=1").await;
    assert_eq!((&one_by_one, pages), (services, 3));
    for service in services {
        let path = format!("/v1/Services/{}", service["sid"].as_str().unwrap());
        assert_eq!(service["url"], format!("https://conversations.twilio.com{path}"));
        assert_eq!(&get(&running, &path).await.body, service);
    }
}

#[tokio::test]
async fn the_documented_conversation_is_fetched_exactly() {
    let running = Running::start().await;
    let documented = json(include_str!("../../fixtures/twilio/documented_conversation.json"));
    for name in [DOCUMENTED_CONVERSATION, "first_conversation"] {
        let path = format!("{DOCUMENTED_SERVICE}/Conversations/{name}");
        let reply = get(&running, &path).await;
        assert_eq!(
            (reply.status, &reply.body),
            (StatusCode::OK, &documented),
            "{name}"
        );
    }
    let listed = get(&running, &format!("{DOCUMENTED_SERVICE}/Conversations")).await;
    assert_eq!(listed.body["conversations"], json!([documented]));
}

#[tokio::test]
async fn every_conversation_is_listed_once_and_fetched_as_listed() {
    let running = Running::start().await;
    let (conversations, pages) = follow(&running, CONVERSATIONS).await;
    assert_eq!((conversations.len(), pages), (138, 3));
    assert_eq!(distinct(&conversations, "/sid").len(), 138);
    assert!(conversations.is_sorted_by_key(|one| one["date_created"].as_str().unwrap()));
    for conversation in &conversations {
        let sid = conversation["sid"].as_str().unwrap();
        let path = format!("{CONVERSATIONS}/{sid}");
        let url = format!("https://conversations.twilio.com{path}");
        assert_eq!(conversation["url"], url);
        assert_eq!(conversation["links"]["webhooks"], format!("{url}/Webhooks"));
        assert_eq!(conversation["chat_service_sid"], DEFAULT_SERVICE);
        assert_eq!(conversation.as_object().unwrap().len(), 14, "{conversation}");
        json(conversation["attributes"].as_str().unwrap());
        assert_eq!(&get(&running, &path).await.body, conversation);
    }
}

#[tokio::test]
async fn conversations_differ_in_every_known_way() {
    let running = Running::start().await;
    let (conversations, _) = follow(&running, CONVERSATIONS).await;
    let states = BTreeSet::from(["active", "closed", "inactive", "initializing"]);
    assert_eq!(distinct(&conversations, "/state"), states);
    for field in ["friendly_name", "unique_name", "messaging_service_sid"] {
        let nulls = conversations.iter().filter(|one| one[field].is_null()).count();
        assert!((1..138).contains(&nulls), "{field}");
    }
    let unique_names = conversations.iter().filter(|one| one["unique_name"].is_string());
    assert_eq!(
        unique_names.count(),
        distinct(&conversations, "/unique_name").len()
    );
    assert!(distinct(&conversations, "/attributes").contains("{}"));
    for (object, field) in [("timers", "date_closed"), ("bindings", "email")] {
        let filled = conversations
            .iter()
            .filter(|one| one[object].get(field).is_some());
        assert!((1..138).contains(&filled.count()), "{object}");
    }
}

#[tokio::test]
async fn the_webhooks_of_every_conversation_are_there_by_either_name() {
    let running = Running::start().await;
    let (conversations, _) = follow(&running, CONVERSATIONS).await;
    let listed = sids(&conversations);
    for size in [0, 1, 2, 3, 4, 5, 23] {
        let sid = format!("CH{size:032}");
        assert!(listed.contains(&sid.as_str()), "{sid}");
    }
    let one = conversations.iter().find(|one| one["unique_name"] == "order/4");
    let sid = one.unwrap()["sid"].as_str().unwrap();
    assert_eq!(sid, "CH00000000000000000000000000000004");
    for below in ["", "/Webhooks"] {
        let by_name = get(&running, &format!("{CONVERSATIONS}/order%2F4{below}")).await;
        let by_sid = get(&running, &format!("{CONVERSATIONS}/{sid}{below}")).await;
        assert_eq!(by_name.status, StatusCode::OK);
        assert_eq!(by_name.body, by_sid.body);
    }
}

#[tokio::test]
async fn the_long_path_shows_the_same_conversations_with_its_own_urls() {
    let running = Running::start().await;
    let path = format!("/v1/Services/{DEFAULT_SERVICE}/Conversations");
    let (long, _) = follow(&running, &path).await;
    let (short, _) = follow(&running, CONVERSATIONS).await;
    assert_eq!(sids(&long), sids(&short));
    let sid = long[0]["sid"].as_str().unwrap();
    assert_eq!(
        long[0]["url"],
        format!("https://conversations.twilio.com{path}/{sid}")
    );
    let empty = get(&running, &format!("{EMPTY_SERVICE}/Conversations")).await;
    assert_eq!(
        (empty.status, &empty.body["conversations"]),
        (StatusCode::OK, &json!([]))
    );
    assert_eq!(empty.body["meta"]["next_page_url"], Value::Null);
}

#[tokio::test]
async fn a_state_selects_on_every_page() {
    let running = Running::start().await;
    let (all, _) = follow(&running, CONVERSATIONS).await;
    let mut total = 0;
    for state in ["initializing", "inactive", "active", "closed"] {
        let (some, pages) = follow(&running, &format!("{CONVERSATIONS}?PageSize=7&State={state}")).await;
        assert_eq!(distinct(&some, "/state"), BTreeSet::from([state]));
        assert!(pages > 1, "{state}");
        total += some.len();
    }
    assert_eq!(total, all.len());
    for state in ["", "Active", "ended"] {
        let reply = get(&running, &format!("{CONVERSATIONS}?State={state}")).await;
        assert_eq!(error_of(&reply), error(400, 20001), "{state}");
    }
}

#[tokio::test]
async fn dates_select_by_creation_and_sort_newest_first() {
    let running = Running::start().await;
    let created = async |query: &str| -> Vec<String> {
        let path = format!("{CONVERSATIONS}?PageSize=3&{query}");
        let (some, _) = follow(&running, &path).await;
        let dates = some.iter().map(|one| one["date_created"].as_str().unwrap());
        dates.map(str::to_owned).collect()
    };
    let day = created("StartDate=2026-04-10&EndDate=2026-04-10").await;
    assert_eq!(day.len(), 8);
    assert_eq!(
        (&*day[0], &*day[7]),
        ("2026-04-10T21:10:00Z", "2026-04-10T00:10:00Z")
    );
    assert!(day.is_sorted_by(|one, next| one > next));
    let exact = created("StartDate=2026-04-10T00:10:00.000Z&EndDate=2026-04-10T02:10:00%2B02:00").await;
    assert_eq!(exact, ["2026-04-10T00:10:00Z"]);
    let until = created("EndDate=2015-12-16T22:18:37Z").await;
    assert_eq!(until, ["2015-12-16T22:18:37Z"]);
    assert_eq!(created("EndDate=2015-12-16T22:18:36Z").await.len(), 0);
    let (since, before) = (
        created("StartDate=2026-04-10").await,
        created("EndDate=2026-04-09").await,
    );
    assert_eq!(since.len() + before.len(), 138);
    for bad in [
        "StartDate=",
        "EndDate=yesterday",
        "StartDate=2026-02-30",
        "EndDate=2026-04-10T00:00:00",
    ] {
        let reply = get(&running, &format!("{CONVERSATIONS}?{bad}")).await;
        assert_eq!(error_of(&reply), error(400, 20001), "{bad}");
    }
}

#[tokio::test]
async fn a_page_holds_fifty_unless_asked_and_at_most_a_hundred() {
    let running = Running::start().await;
    for (query, size) in [("", 50), ("?PageSize=20", 20), ("?PageSize=1000", 100)] {
        let reply = get(&running, &format!("{CONVERSATIONS}{query}")).await;
        assert_eq!(reply.body["meta"]["page_size"], size);
        assert_eq!(reply.body["meta"]["key"], "conversations");
        assert_eq!(reply.body["conversations"].as_array().unwrap().len(), size);
    }
    for bad in ["PageSize=0", "PageSize=x", "Page=-1", "PageToken=PT138"] {
        let reply = get(&running, &format!("{CONVERSATIONS}?{bad}")).await;
        assert_eq!(error_of(&reply), error(400, 20001), "{bad}");
    }
}

#[tokio::test]
async fn what_is_missing_is_named_by_its_code() {
    let running = Running::start().await;
    let unknown_service = "/v1/Services/ISffffffffffffffffffffffffffffffff";
    let missing = [
        (
            format!("{CONVERSATIONS}/CHffffffffffffffffffffffffffffffff"),
            50350,
        ),
        (format!("{CONVERSATIONS}/order%2F5"), 50350),
        (
            format!("{EMPTY_SERVICE}/Conversations/{DOCUMENTED_CONVERSATION}"),
            50350,
        ),
        (unknown_service.to_owned(), 20404),
        (format!("{unknown_service}/Conversations"), 20404),
        (
            format!("{unknown_service}/Conversations/{DOCUMENTED_CONVERSATION}"),
            20404,
        ),
        ("/v1/Services/".to_owned(), 20404),
        (format!("{DOCUMENTED_SERVICE}/Participants"), 20404),
        (format!("{CONVERSATIONS}/order%2F4/Messages"), 20404),
    ];
    for (path, code) in missing {
        assert_eq!(error_of(&get(&running, &path).await), error(404, code), "{path}");
    }
}

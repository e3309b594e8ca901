//! Bland conversations as their clients see them: the list, its filters and single ones.

use std::collections::{BTreeMap, BTreeSet};

use hyper::{Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::client::{Reply, Running};

const LIST: &str = "/v1/sms/conversations";
const TOTAL: usize = 100;

async fn get(running: &Running, target: &str) -> Reply {
    running.get(target, "sandbox").await
}

fn items(reply: &Reply) -> &[Value] {
    assert_eq!(
        (reply.status, &reply.body["errors"]),
        (StatusCode::OK, &Value::Null)
    );
    reply.body["data"].as_array().unwrap()
}

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().unwrap()).collect()
}

async fn all(running: &Running) -> Vec<Value> {
    let reply = get(running, &format!("{LIST}?limit=1000")).await;
    items(&reply).to_vec()
}

/// The ids that a filter leaves, and those that the same condition leaves of the whole list.
async fn filtered(running: &Running, filters: Value, expected: impl Fn(&Value) -> bool) {
    let encoded = utf8_percent_encode(&filters.to_string(), NON_ALPHANUMERIC).to_string();
    let expected: Vec<Value> = all(running).await.into_iter().filter(expected).collect();
    assert!((1..TOTAL).contains(&expected.len()), "{filters}");
    for paging in ["limit=1000", "pageSize=1000"] {
        let reply = get(running, &format!("{LIST}?{paging}&filters={encoded}")).await;
        assert_eq!(ids(items(&reply)), ids(&expected), "{filters} {paging}");
    }
}

fn text<'a>(item: &'a Value, field: &str) -> &'a str {
    item[field].as_str().unwrap()
}

#[tokio::test]
async fn without_paging_parameters_the_first_page_of_25_comes() {
    let running = Running::start().await;
    let reply = get(&running, LIST).await;
    assert_eq!(items(&reply).len(), 25);
    let pagination = json!({ "totalItems": TOTAL, "totalPages": 4, "currentPage": 1, "pageSize": 25 });
    assert_eq!(reply.body["extra"], json!({ "pagination": pagination }));
    assert!(reply.body.get("pagination").is_none());
}

#[tokio::test]
async fn pages_cover_the_list_once() {
    let running = Running::start().await;
    let mut seen = Vec::new();
    for page in 1..=15 {
        let reply = get(&running, &format!("{LIST}?page={page}&pageSize=7")).await;
        assert_eq!(reply.body["extra"]["pagination"]["currentPage"], page);
        assert_eq!(reply.body["extra"]["pagination"]["totalPages"], 15);
        seen.extend_from_slice(items(&reply));
    }
    assert_eq!(seen, all(&running).await);
    assert_eq!(ids(&seen).into_iter().collect::<BTreeSet<_>>().len(), TOTAL);
    let beyond = get(&running, &format!("{LIST}?page=18446744073709551615&pageSize=7")).await;
    assert_eq!(items(&beyond).len(), 0);
}

#[tokio::test]
async fn offsets_cover_the_list_once_in_the_other_dialect() {
    let running = Running::start().await;
    let mut seen = Vec::new();
    for from in (0..TOTAL).step_by(30) {
        let reply = get(&running, &format!("{LIST}?from={from}&limit=30")).await;
        let pagination = json!({
            "totalItems": TOTAL, "totalPages": 4, "currentPage": from / 30 + 1, "pageSize": 30
        });
        assert_eq!(reply.body["pagination"], pagination);
        assert!(reply.body.get("extra").is_none());
        seen.extend_from_slice(items(&reply));
    }
    assert_eq!(seen, all(&running).await);
    let unlimited = get(&running, &format!("{LIST}?from=1")).await;
    assert_eq!(items(&unlimited), &seen[1..]);
    assert_eq!(unlimited.body["pagination"]["pageSize"], 1000);
    let counted = get(&running, &format!("{LIST}?limit=0")).await;
    assert_eq!(items(&counted).len(), 0);
    assert_eq!(counted.body["pagination"]["totalItems"], TOTAL);
}

#[tokio::test]
async fn parameters_of_both_dialects_get_the_answer_of_pages() {
    let running = Running::start().await;
    let reply = get(&running, &format!("{LIST}?page=2&pageSize=10&from=0&limit=5")).await;
    assert_eq!(items(&reply).len(), 10);
    assert_eq!(reply.body["extra"]["pagination"]["currentPage"], 2);
}

#[tokio::test]
async fn the_newest_come_first_unless_asked() {
    let running = Running::start().await;
    let newest = all(&running).await;
    assert!(newest.is_sorted_by(|one, next| text(one, "created_at") >= text(next, "created_at")));
    for query in [
        "limit=1000&ascending=true",
        "pageSize=1000&sortDir=asc",
        "pageSize=1000&sortBy=created_at&sortDir=asc",
    ] {
        let oldest = get(&running, &format!("{LIST}?{query}")).await;
        assert!(items(&oldest).iter().rev().eq(&newest), "{query}");
    }
    let fullest = get(&running, &format!("{LIST}?limit=100&sort_by=message_count")).await;
    assert!(items(&fullest).is_sorted_by_key(|one| std::cmp::Reverse(one["message_count"].as_u64())));
}

#[tokio::test]
async fn bad_paging_is_refused() {
    let running = Running::start().await;
    for query in [
        "page=0",
        "page=x",
        "pageSize=0",
        "pageSize=1001",
        "from=-1",
        "limit=1001",
        "limit=",
        "sortBy=messages",
        "sortDir=up",
        "limit=1&ascending=1",
    ] {
        let reply = get(&running, &format!("{LIST}?{query}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(reply.body["errors"][0]["error"], "INVALID_PARAMETER");
        assert_eq!(reply.body["data"], Value::Null);
    }
}

#[tokio::test]
async fn filters_select_by_text() {
    let running = Running::start().await;
    for operator in ["eq", "equals"] {
        let filter = json!([{ "field": "user_number", "operator": operator, "value": "+15550102003" }]);
        filtered(&running, filter, |one| one["user_number"] == "+15550102003").await;
    }
    let filter = json!([{ "field": "agent_number", "operator": "contains", "value": "5559" }]);
    filtered(&running, filter, |one| text(one, "agent_number").contains("5559")).await;
    let filter = json!([{ "field": "agent_number", "operator": "startsWith", "value": "+1555" }]);
    filtered(&running, filter, |one| {
        text(one, "agent_number").starts_with("+1555")
    })
    .await;
    let filter = json!([{ "field": "user_number", "operator": "endsWith", "value": "7" }]);
    filtered(&running, filter, |one| text(one, "user_number").ends_with('7')).await;
    let filter = json!([{ "field": "effective_channel", "operator": "in", "value": ["rcs", "imessage"] }]);
    filtered(&running, filter, |one| {
        one["effective_channel"] == "rcs" || one["effective_channel"] == "imessage"
    })
    .await;
    let filter = json!([{ "field": "effective_channel", "operator": "isEmpty" }]);
    filtered(&running, filter, |one| one["effective_channel"].is_null()).await;
}

#[tokio::test]
async fn filters_select_by_state_and_number() {
    let running = Running::start().await;
    for is_active in [true, false] {
        let filter = json!([{ "field": "is_active", "operator": "eq", "value": is_active }]);
        filtered(&running, filter, |one| one["is_active"] == is_active).await;
    }
    let filter = json!([{ "field": "status", "operator": "eq", "value": "timed_out" }]);
    filtered(&running, filter, |one| one["timed_out_at"].is_string()).await;
    let filter = json!([{ "field": "status", "operator": "not", "value": "active" }]);
    filtered(&running, filter, |one| one["is_active"] == false).await;
    let filter = json!([{ "field": "message_count", "operator": "gt", "value": 3 }]);
    filtered(&running, filter, |one| one["message_count"].as_u64().unwrap() > 3).await;
}

#[tokio::test]
async fn times_compare_as_instants() {
    let running = Running::start().await;
    let at = "2026-05-12T03:00:00.000Z";
    for spelt in [at, "2026-05-12T03:00:00Z", "2026-05-12T05:00:00+02:00"] {
        let condition =
            |operator: &str| json!([{ "field": "created_at", "operator": operator, "value": spelt }]);
        filtered(&running, condition("gte"), |one| text(one, "created_at") >= at).await;
        filtered(&running, condition("gt"), |one| text(one, "created_at") > at).await;
        filtered(&running, condition("lt"), |one| text(one, "created_at") < at).await;
        filtered(&running, condition("lte"), |one| text(one, "created_at") <= at).await;
        filtered(&running, condition("eq"), |one| text(one, "created_at") == at).await;
    }
}

#[tokio::test]
async fn filters_combine_and_broken_ones_are_ignored() {
    let running = Running::start().await;
    let active = json!({ "field": "is_active", "operator": "eq", "value": true });
    let rcs = json!({ "field": "effective_channel", "operator": "eq", "value": "rcs" });
    filtered(&running, json!([active, rcs]), |one| {
        one["is_active"] == true && one["effective_channel"] == "rcs"
    })
    .await;
    let broken = json!([
        active, 7, { "field": "is_active" }, { "field": "is_active", "operator": "like", "value": false },
        { "field": "webhook", "operator": "eq", "value": "x" }
    ]);
    filtered(&running, broken, |one| one["is_active"] == true).await;
    let either = format!("{LIST}?limit=1000&mode=OR&filters[]={active}&filters[]={rcs}");
    let either = either.replace('"', "%22").replace('{', "%7B").replace('}', "%7D");
    let reply = get(&running, &either).await;
    let expected = |one: &&Value| one["is_active"] == true || one["effective_channel"] == "rcs";
    let list = all(&running).await;
    assert_eq!(items(&reply).len(), list.iter().filter(expected).count());
    for nonsense in ["", "x", "%7B%7D", "null"] {
        let reply = get(&running, &format!("{LIST}?limit=1000&filters={nonsense}")).await;
        assert_eq!(items(&reply).len(), TOTAL, "{nonsense}");
    }
}

#[tokio::test]
async fn a_fetched_conversation_says_more_than_a_listed_one() {
    let running = Running::start().await;
    for listed in all(&running).await {
        let id = text(&listed, "id");
        let reply = get(&running, &format!("{LIST}/{id}")).await;
        let fetched = reply.body["data"].as_object().unwrap();
        assert_eq!(reply.status, StatusCode::OK);
        for (field, value) in listed.as_object().unwrap() {
            assert_eq!(fetched.get(field), Some(value), "{id} {field}");
        }
        for field in [
            "messages",
            "user_id",
            "inbound_id",
            "curr_pathway_version",
            "disposition_logs",
        ] {
            assert!(
                listed.get(field).is_none() && fetched.contains_key(field),
                "{id} {field}"
            );
        }
        assert!(fetched.keys().all(|field| !field.contains("webhook")));
        let messages = fetched["messages"].as_array().unwrap();
        assert_eq!(messages.len(), fetched["message_count"]);
        assert!(messages.is_sorted_by_key(|message| text(message, "created_at")));
        let last = messages
            .last()
            .map_or(&Value::Null, |message| &message["message"]);
        assert_eq!(last, &fetched["last_message"], "{id}");
    }
}

#[tokio::test]
async fn conversations_differ_in_every_known_way() {
    let running = Running::start().await;
    let list = all(&running).await;
    let channels: BTreeSet<Option<&str>> = list.iter().map(|one| one["effective_channel"].as_str()).collect();
    let known = [None, Some("sms"), Some("rcs"), Some("whatsapp"), Some("imessage")];
    assert_eq!(channels, BTreeSet::from(known));
    let states: BTreeSet<(bool, bool)> = list
        .iter()
        .map(|one| (one["is_active"] == true, one["timed_out_at"].is_string()))
        .collect();
    assert_eq!(
        states,
        BTreeSet::from([(true, false), (false, true), (false, false)])
    );
    let (older, newer): (Vec<&Value>, Vec<&Value>) = list
        .iter()
        .partition(|one| one.get("last_message_timestamp").is_some());
    assert!(!older.is_empty() && older.iter().all(|one| one.get("last_message_at").is_none()));
    assert!(newer.iter().all(|one| one.get("last_message_at").is_some()));
}

/// The webhook of each number of a channel.
async fn webhooks(running: &Running, channel: &str) -> BTreeMap<String, Value> {
    let reply = get(running, &format!("/v1/sms/numbers?channel={channel}")).await;
    let pair = |number: &Value| {
        let webhook = &number[format!("{channel}_config")]["webhook"];
        (text(number, "phone_number").to_owned(), webhook.clone())
    };
    items(&reply).iter().map(pair).collect()
}

#[tokio::test]
async fn every_channel_has_conversations_on_numbers_of_every_kind() {
    let running = Running::start().await;
    let list = all(&running).await;
    let mut kinds = BTreeSet::new();
    for channel in ["sms", "rcs", "whatsapp", "imessage"] {
        let configured = webhooks(&running, if channel == "rcs" { "sms" } else { channel }).await;
        for one in list.iter().filter(|one| one["effective_channel"] == channel) {
            let webhook = configured.get(text(one, "agent_number"));
            kinds.insert((channel, webhook.map(Value::is_string)));
        }
    }
    for channel in ["sms", "rcs", "whatsapp", "imessage"] {
        for kind in [None, Some(false), Some(true)] {
            assert!(kinds.contains(&(channel, kind)), "{channel} {kind:?}");
        }
    }
}

#[tokio::test]
async fn a_log_shows_which_conversations_have_an_override() {
    let running = Running::start().await;
    let (equal, other) = (true, false);
    for (id, channel, expected) in [
        ("convo_retry", "sms", Some(equal)),
        ("convo_rcs", "sms", Some(equal)),
        ("convo_whatsapp", "whatsapp", Some(equal)),
        ("convo_override", "sms", Some(other)),
        ("convo_override_only", "sms", Some(other)),
        ("convo_abc123", "sms", None),
    ] {
        let conversation = get(&running, &format!("{LIST}/{id}")).await.body;
        let log = get(&running, &format!("{LIST}/{id}/webhook")).await.body;
        let configured = webhooks(&running, channel).await;
        let number = configured.get(text(&conversation["data"], "agent_number"));
        let compared = number.map(|webhook| webhook == &log["data"]["url"]);
        assert_eq!(compared, expected, "{id}");
    }
    let unlisted = get(&running, &format!("{LIST}/convo_unlisted")).await.body;
    let number = text(&unlisted["data"], "agent_number");
    assert!(!webhooks(&running, "sms").await.contains_key(number));
}

#[tokio::test]
async fn the_list_is_read_with_the_key_and_never_written() {
    let running = Running::start().await;
    assert_eq!(running.get(LIST, "wrong").await.status, StatusCode::UNAUTHORIZED);
    let reply = running.send(Method::POST, LIST, "sandbox", "{}").await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(
        get(&running, &format!("{LIST}/")).await.body["errors"][0]["error"],
        "CONVERSATION_NOT_FOUND"
    );
}

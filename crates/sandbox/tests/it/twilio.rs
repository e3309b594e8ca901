//! Twilio Conversations as its clients see it.

use std::collections::BTreeSet;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Reply, Running, basic, json};

const DOCUMENTED: &str = "/v1/Conversations/CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Webhooks";
const DOCUMENTED_IN_SERVICE: &str = "/v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Conversations/CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Webhooks";
const DOCUMENTED_SID: &str = "WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const LONG_LIST: &str = "/v1/Conversations/CH00000000000000000000000000000023/Webhooks";
pub(crate) const DEFAULT_SERVICE: &str = "IS00000000000000000000000000000001";
const UNKNOWN_CONVERSATION: &str = "/v1/Conversations/CHffffffffffffffffffffffffffffffff/Webhooks";

pub(crate) async fn get(running: &Running, target: &str) -> Reply {
    running.get(target, &basic("SKsandbox", "sandbox")).await
}

/// All items of a list and the number of its pages, by following the links.
pub(crate) async fn follow(running: &Running, first: &str) -> (Vec<Value>, usize) {
    let (mut items, mut pages, mut next) = (Vec::new(), 0, first.to_owned());
    loop {
        let page = get(running, &next).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.body["meta"]["page"], pages);
        let key = page.body["meta"]["key"].as_str().unwrap();
        items.extend_from_slice(page.body[key].as_array().unwrap());
        pages += 1;
        match page.body["meta"]["next_page_url"].as_str() {
            Some(url) => url.clone_into(&mut next),
            None => return (items, pages),
        }
    }
}

pub(crate) fn distinct<'a>(items: &'a [Value], pointer: &str) -> BTreeSet<&'a str> {
    items
        .iter()
        .filter_map(|item| item.pointer(pointer)?.as_str())
        .collect()
}

pub(crate) fn error(status: u16, code: u32) -> (u16, u32, String) {
    (status, code, format!("https://www.twilio.com/docs/errors/{code}"))
}

/// The parts of an error body that a client relies on; fails where the body disagrees with the status.
pub(crate) fn error_of(reply: &Reply) -> (u16, u32, String) {
    assert_eq!(reply.body["status"], reply.status.as_u16());
    assert!(reply.body["message"].is_string());
    let code = u32::try_from(reply.body["code"].as_u64().unwrap()).unwrap();
    (
        reply.status.as_u16(),
        code,
        reply.body["more_info"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn only_the_configured_login_is_let_in() {
    let running = Running::start().await;
    let wrong = [
        String::new(),
        basic("SKsandbox", "wrong"),
        basic("sandbox", "SKsandbox"),
        "sandbox".to_owned(),
        "Basic !!!".to_owned(),
        basic("SKsandbox", "sandbox").replace("Basic", "Bearer"),
    ];
    for authorization in wrong {
        for path in [DOCUMENTED, "/v1/Nothing"] {
            let reply = running.get(path, &authorization).await;
            let expected = json!({
                "code": 20003,
                "message": "Authenticate",
                "more_info": "https://www.twilio.com/docs/errors/20003",
                "status": 401
            });
            assert_eq!(
                (reply.status, &reply.body),
                (StatusCode::UNAUTHORIZED, &expected),
                "{authorization:?}"
            );
            assert!(reply.header("www-authenticate").starts_with("Basic "));
        }
    }
    let lower_case = basic("SKsandbox", "sandbox").replace("Basic", "basic");
    assert_eq!(running.get(DOCUMENTED, &lower_case).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_documented_list_is_answered_with_links_to_this_host() {
    let running = Running::start().await;
    let documented = json(include_str!("../../fixtures/twilio/documented_webhooks.json"));
    let reply = get(&running, DOCUMENTED).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.body["webhooks"], documented["webhooks"]);
    let first = format!("http://{}{DOCUMENTED}?PageSize=5&Page=0", running.addr);
    let meta = json!({
        "page": 0, "page_size": 5, "key": "webhooks", "first_page_url": first, "url": first,
        "previous_page_url": null, "next_page_url": null
    });
    assert_eq!(reply.body["meta"], meta);
}

#[tokio::test]
async fn of_records_that_share_a_sid_the_first_is_fetched() {
    let running = Running::start().await;
    let documented = json(include_str!("../../fixtures/twilio/documented_webhooks.json"));
    let reply = get(&running, &format!("{DOCUMENTED}/{DOCUMENTED_SID}")).await;
    assert_eq!(
        (reply.status, &reply.body),
        (StatusCode::OK, &documented["webhooks"][0])
    );
}

#[tokio::test]
async fn the_documented_record_of_a_service_is_listed_and_fetched() {
    let running = Running::start().await;
    let documented = json(include_str!(
        "../../fixtures/twilio/documented_service_webhook.json"
    ));
    let fetched = get(&running, &format!("{DOCUMENTED_IN_SERVICE}/{DOCUMENTED_SID}")).await;
    assert_eq!((fetched.status, &fetched.body), (StatusCode::OK, &documented));
    let listed = get(&running, DOCUMENTED_IN_SERVICE).await;
    assert_eq!(listed.body["webhooks"], json!([documented]));
    let first = format!("http://{}{DOCUMENTED_IN_SERVICE}?PageSize=5&Page=0", running.addr);
    assert_eq!(listed.body["meta"]["url"], first);
}

#[tokio::test]
async fn every_page_of_a_long_list_is_reached_by_its_links() {
    let running = Running::start().await;
    let (webhooks, pages) = follow(&running, LONG_LIST).await;
    assert_eq!((webhooks.len(), pages), (23, 5));
    assert_eq!(distinct(&webhooks, "/sid").len(), 23);
    assert_eq!(
        distinct(&webhooks, "/target"),
        BTreeSet::from(["studio", "trigger", "webhook"])
    );
    assert_eq!(
        distinct(&webhooks, "/configuration/method"),
        BTreeSet::from(["get", "post"])
    );
    assert!(
        webhooks
            .iter()
            .all(|webhook| webhook.get("chat_service_sid").is_none())
    );
    assert!(webhooks.is_sorted_by_key(|webhook| webhook["date_created"].as_str().unwrap()));
    let filters: Vec<Value> = webhooks
        .iter()
        .filter_map(|webhook| webhook["configuration"]["filters"].as_array())
        .flatten()
        .cloned()
        .collect();
    let names = distinct(&filters, "");
    assert!(
        names.contains("onMessageAdded") && names.contains("onMessageSent"),
        "{names:?}"
    );
    for webhook in &webhooks {
        let sid = webhook["sid"].as_str().unwrap();
        assert!(sid.len() == 34 && sid.starts_with("WH"), "{sid}");
        assert_eq!(&get(&running, &format!("{LONG_LIST}/{sid}")).await.body, webhook);
    }
}

#[tokio::test]
async fn the_long_path_shows_the_same_webhooks_with_their_service() {
    let running = Running::start().await;
    let long_path = LONG_LIST.replace("/v1/", &format!("/v1/Services/{DEFAULT_SERVICE}/"));
    let (short, _) = follow(&running, LONG_LIST).await;
    let (long, _) = follow(&running, &long_path).await;
    assert_eq!(distinct(&long, "/sid"), distinct(&short, "/sid"));
    assert_eq!(
        distinct(&long, "/chat_service_sid"),
        BTreeSet::from([DEFAULT_SERVICE])
    );
    let sid = long[0]["sid"].as_str().unwrap();
    assert_eq!(
        long[0]["url"],
        format!("https://conversations.twilio.com{long_path}/{sid}")
    );
    assert_eq!(long[0]["configuration"], short[0]["configuration"]);
}

#[tokio::test]
async fn a_second_run_answers_the_same() {
    let (one, other) = (Running::start().await, Running::start().await);
    assert_eq!(follow(&one, LONG_LIST).await, follow(&other, LONG_LIST).await);
}

#[tokio::test]
async fn conversations_hold_as_many_webhooks_as_their_sid_says() {
    let running = Running::start().await;
    for size in 0..=5 {
        let reply = get(&running, &format!("/v1/Conversations/CH{size:032}/Webhooks")).await;
        assert_eq!(reply.body["webhooks"].as_array().unwrap().len(), size);
        assert_eq!(reply.body["meta"]["next_page_url"], Value::Null);
        assert_eq!(reply.body["meta"]["page_size"], 5);
    }
}

#[tokio::test]
async fn a_middle_page_links_both_ways() {
    let running = Running::start().await;
    let first = get(&running, &format!("{LONG_LIST}?PageSize=2")).await;
    let second = get(&running, first.body["meta"]["next_page_url"].as_str().unwrap()).await;
    assert_eq!(
        (&second.body["meta"]["page"], &second.body["meta"]["page_size"]),
        (&json!(1), &json!(2))
    );
    let again = get(&running, second.body["meta"]["url"].as_str().unwrap()).await;
    assert_eq!(again.body, second.body);
    for link in ["previous_page_url", "first_page_url"] {
        let back = get(&running, second.body["meta"][link].as_str().unwrap()).await;
        assert_eq!(back.body["webhooks"], first.body["webhooks"], "{link}");
    }
}

#[tokio::test]
async fn page_size_is_clamped_and_bad_paging_refused() {
    let running = Running::start().await;
    let large = get(&running, &format!("{LONG_LIST}?PageSize=1000")).await;
    assert_eq!(large.body["meta"]["page_size"], 5);
    assert_eq!(large.body["webhooks"].as_array().unwrap().len(), 5);
    let bad = [
        "PageSize=0",
        "PageSize=-1",
        "PageSize=many",
        "PageSize=99999999999999999999999",
        "Page=-1",
        "PageToken=",
        "PageToken=PT23",
        "PageToken=PT-1",
        "PageToken=PTx",
        "PageToken=5",
        "PageToken=%FF%00",
    ];
    for query in bad {
        let reply = get(&running, &format!("{LONG_LIST}?{query}")).await;
        assert_eq!(error_of(&reply), error(400, 20001), "{query}");
    }
    let last = get(
        &running,
        &format!("{LONG_LIST}?Page=18446744073709551615&PageToken=PT5"),
    )
    .await;
    assert_eq!(last.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_missing_is_named_by_its_code() {
    let running = Running::start().await;
    let unknown_sid = "WHffffffffffffffffffffffffffffffff";
    let missing = [
        (UNKNOWN_CONVERSATION.to_owned(), 50350),
        (format!("{UNKNOWN_CONVERSATION}/{DOCUMENTED_SID}"), 50350),
        (
            LONG_LIST.replace("/v1/", "/v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/"),
            50350,
        ),
        (
            LONG_LIST.replace("/v1/", "/v1/Services/ISffffffffffffffffffffffffffffffff/"),
            20404,
        ),
        (format!("{DOCUMENTED}/{unknown_sid}"), 50360),
        (format!("{DOCUMENTED_IN_SERVICE}/{unknown_sid}"), 50360),
        (format!("{DOCUMENTED}/"), 50360),
        (format!("{DOCUMENTED}/%2F%FF..%00"), 50360),
        (
            DOCUMENTED
                .to_lowercase()
                .replace("conversations", "Conversations"),
            20404,
        ),
        ("/v1/Conversations/".to_owned(), 50350),
        ("/v1/Nothing/at/all".to_owned(), 20404),
    ];
    for (path, code) in missing {
        assert_eq!(error_of(&get(&running, &path).await), error(404, code), "{path}");
    }
}

#[tokio::test]
async fn other_methods_are_refused_on_known_paths_only() {
    let running = Running::start().await;
    let login = basic("SKsandbox", "sandbox");
    let (list, record) = (
        DOCUMENTED.to_owned(),
        format!("{DOCUMENTED_IN_SERVICE}/{DOCUMENTED_SID}"),
    );
    let methods = [
        ("/v1/Services", "GET, POST"),
        ("/v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "GET, DELETE"),
        ("/v1/Conversations", "GET, POST"),
        ("/v1/Conversations/order%2F4", "GET, POST, DELETE"),
        (&list, "GET, POST"),
        (&record, "GET, POST, DELETE"),
        ("/v1/Configuration", "GET"),
        ("/v1/Configuration/Webhooks", "GET, POST"),
        ("/v1/Configuration/Addresses", "GET, POST"),
        ("/v1/Configuration/Addresses/%2B15005550100", "GET, POST, DELETE"),
    ];
    for (path, allowed) in methods {
        for method in [
            Method::PUT,
            Method::OPTIONS,
            Method::PATCH,
            Method::POST,
            Method::DELETE,
        ] {
            if !allowed.split(", ").any(|name| name == method.as_str()) {
                let reply = running.send(method.clone(), path, &login, "").await;
                assert_eq!(error_of(&reply), error(405, 20004), "{method} {path}");
                assert_eq!(reply.header("allow"), allowed);
            }
        }
        let reply = running.send(Method::PUT, "/v1/Nothing", &login, "").await;
        assert_eq!(error_of(&reply), error(404, 20404));
    }
}

#[tokio::test]
async fn every_answer_carries_the_traffic_and_cors_headers() {
    let running = Running::start().await;
    let mut ids = BTreeSet::new();
    for path in [DOCUMENTED, UNKNOWN_CONVERSATION] {
        let reply = get(&running, path).await;
        let id = reply.header("twilio-request-id").to_owned();
        assert!(id.len() == 34 && id.starts_with("RQ"), "{id}");
        assert!(id.bytes().skip(2).all(|digit| digit.is_ascii_hexdigit()), "{id}");
        ids.insert(id);
        assert!(reply.header("twilio-request-duration").parse::<f64>().unwrap() >= 0.0);
        assert_eq!(reply.header("twilio-concurrent-requests"), "1");
        assert_eq!(reply.header("access-control-allow-origin"), "*");
        assert_eq!(reply.header("content-type"), "application/json");
    }
    assert_eq!(ids.len(), 2);
}

//! Lists: every item once, whatever the page size, and cursors that cannot be made up.

use std::collections::BTreeSet;

use http::Method;
use serde_json::Value;

use crate::rig::{Answer, Gateway};

const WEBHOOKS: &str = "/v1/conversations/twilio:CH00000000000000000000000000000023/webhooks";

/// Follows `Link` to the end. Each page's `next_cursor` is the one in its link.
pub(crate) async fn walk(gateway: &Gateway, first: &str) -> Vec<Answer> {
    let mut pages = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(path) = next {
        let page = gateway.get(&path).await;
        assert_eq!(page.status, 200, "{path}: {page:?}");
        next = next_path(&page);
        let cursor = next.as_deref().and_then(|path| parameter(path, "cursor"));
        assert_eq!(page.json()["next_cursor"].as_str(), cursor, "{path}");
        assert!(cursor.is_none_or(|cursor| cursor.len() <= 512), "{path}");
        pages.push(page);
    }
    pages
}

fn next_path(page: &Answer) -> Option<String> {
    let links = page.headers.get_all("link").iter();
    let mut links = links.map(|link| link.to_str().unwrap());
    let next = links.find_map(|link| link.strip_suffix(">; rel=\"next\""))?;
    Some(
        next.strip_prefix('<')
            .unwrap_or_else(|| panic!("{next}"))
            .to_owned(),
    )
}

fn parameter<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let (_, query) = path.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn ids(pages: &[Answer]) -> Vec<String> {
    let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
    let items = |page: &Answer| {
        page.json()["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(id)
            .collect::<Vec<_>>()
    };
    pages.iter().flat_map(items).collect()
}

#[tokio::test]
async fn every_webhook_comes_once_whatever_the_page_size() {
    let gateway = Gateway::demo().await;
    let whole = ids(&walk(&gateway, &format!("{WEBHOOKS}?limit=100")).await);
    assert_eq!(whole.len(), 23);
    assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), 23);
    for (limit, sizes) in [
        (1, vec![1; 23]),
        (7, vec![7, 7, 7, 2]),
        (10, vec![10, 10, 3]),
        (23, vec![23]),
    ] {
        let pages = walk(&gateway, &format!("{WEBHOOKS}?limit={limit}")).await;
        let lengths: Vec<_> = pages
            .iter()
            .map(|page| ids(std::slice::from_ref(page)).len())
            .collect();
        assert_eq!((ids(&pages), lengths), (whole.clone(), sizes), "limit={limit}");
    }
    let unasked = gateway.get(WEBHOOKS).await.json();
    assert_eq!(unasked["data"].as_array().unwrap().len(), 20);
    gateway.stop().await;
}

#[tokio::test]
async fn every_number_comes_once() {
    let gateway = Gateway::demo().await;
    let pages = walk(&gateway, "/v1/numbers?limit=100").await;
    let ids = ids(&pages);
    // 17 addresses at one provider, and after them 512 numbers at the other.
    assert_eq!((pages.len(), ids.len()), (6, 17 + 512));
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 17 + 512);
    let sources = |page: &Answer| {
        let source = |source: &Value| {
            (
                source["connection"].as_str().unwrap().to_owned(),
                source["status"].as_str().unwrap().to_owned(),
            )
        };
        page.json()["sources"]
            .as_array()
            .unwrap()
            .iter()
            .map(source)
            .collect::<Vec<_>>()
    };
    let (bland, twilio) = (
        ("bland".to_owned(), "ok".to_owned()),
        ("twilio".to_owned(), "ok".to_owned()),
    );
    assert_eq!(sources(&pages[0]), [twilio, bland.clone()]);
    // Those asked for this page, and no others.
    assert_eq!(sources(&pages[5]), [bland]);
    gateway.stop().await;
}

#[tokio::test]
async fn a_link_keeps_what_was_asked() {
    let gateway = Gateway::demo().await;
    let asked = "/v1/numbers?include=raw&channel=whatsapp&limit=2&connection=bland";
    let pages = walk(&gateway, asked).await;
    assert_eq!(
        ids(&pages),
        [
            "bland:whatsapp:+15005550001",
            "bland:whatsapp:+15005550002",
            "bland:whatsapp:+15005559001"
        ]
    );
    let next = next_path(&pages[0]).unwrap();
    for (name, value) in [
        ("include", "raw"),
        ("channel", "whatsapp"),
        ("limit", "2"),
        ("connection", "bland"),
    ] {
        assert_eq!(parameter(&next, name), Some(value), "{next}");
    }
    assert!(pages[1].json()["data"][0]["raw"].is_object());
    gateway.stop().await;
}

#[tokio::test]
async fn a_cursor_is_the_same_each_time() {
    let gateway = Gateway::demo().await;
    for list in [WEBHOOKS, "/v1/numbers", "/v1/connections"] {
        let path = format!("{list}?limit=1");
        let first = gateway.get(&path).await.json();
        assert!(first["next_cursor"].is_string(), "{first}");
        let again = gateway
            .get_with(&path, &[("cache-control", "no-cache")])
            .await
            .json();
        assert_eq!(first["next_cursor"], again["next_cursor"]);
    }
    gateway.stop().await;
}

#[tokio::test]
async fn connections_page_too() {
    let gateway = Gateway::demo().await;
    let pages = walk(&gateway, "/v1/connections?limit=1").await;
    let names: Vec<_> = pages
        .iter()
        .map(|page| page.json()["data"][0]["name"].clone())
        .collect();
    assert_eq!(names, ["twilio", "bland"]);
    gateway.stop().await;
}

/// Refused before any provider is asked, naming the parameter.
async fn assert_refused(gateway: &Gateway, path: &str, parameter: &str) {
    let answer = gateway.client.send(Method::GET, path, &[]).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (422, "invalid_request"),
        "{path}"
    );
    let problem = answer.json();
    assert_eq!(problem["origin"], "client", "{path}");
    assert_eq!(problem["errors"][0]["parameter"], parameter, "{path}: {problem}");
}

#[tokio::test]
async fn another_cursor_is_refused() {
    let gateway = Gateway::demo().await;
    let first = gateway.get(&format!("{WEBHOOKS}?limit=1")).await.json();
    let cursor = first["next_cursor"].as_str().unwrap().to_owned();
    let flipped = |at: usize| {
        let mut bytes = cursor.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let edited = [0, 5, cursor.len() / 2, cursor.len() - 2].map(flipped);
    let made_up = [
        "",
        "x",
        "AAAA",
        "a%00b",
        &format!("{cursor}AAAA"),
        cursor.split_at(cursor.len() - 4).0,
        &"A".repeat(600),
    ]
    .map(str::to_owned);
    let before = gateway.metric("switchboard_upstream_requests_total", &[]).await;
    for cursor in edited.iter().chain(&made_up) {
        assert_refused(&gateway, &format!("{WEBHOOKS}?cursor={cursor}"), "cursor").await;
    }
    let other_conversation = "/v1/conversations/twilio:CH00000000000000000000000000000005/webhooks";
    for list in [other_conversation, "/v1/numbers", "/v1/connections"] {
        assert_refused(&gateway, &format!("{list}?cursor={cursor}"), "cursor").await;
    }
    let numbers = gateway.get("/v1/numbers?limit=1").await.json();
    let numbers = numbers["next_cursor"].as_str().unwrap();
    assert_refused(
        &gateway,
        &format!("/v1/numbers?channel=sms&cursor={numbers}"),
        "cursor",
    )
    .await;
    let after = gateway.metric("switchboard_upstream_requests_total", &[]).await;
    assert!(
        (after - before - 1.0).abs() < 0.5,
        "only the numbers were read: {before} {after}"
    );
    gateway.stop().await;
}

#[tokio::test]
async fn a_limit_is_from_1_to_100() {
    let gateway = Gateway::demo().await;
    for list in [
        WEBHOOKS,
        "/v1/numbers",
        "/v1/connections",
        "/v1/conversations/bland:convo_abc123/webhook-deliveries",
    ] {
        for limit in ["0", "101", "x", "-1", "", "1.0", "%2B5", "99999999999999999999"] {
            assert_refused(&gateway, &format!("{list}?limit={limit}"), "limit").await;
        }
    }
    gateway.stop().await;
}

//! `/v1/numbers` over several connections, and one number by its id.

use serde_json::json;

use crate::rig::{Answer, Gateway, Script, Upstream, bearer, bland, client};

/// An answer of the provider with numbers of this ending.
fn numbers(endings: &[u32]) -> Script {
    let number = |ending: &u32| json!({ "phone_number": format!("+1555000{ending:04}"), "sms_config": {} });
    let data: Vec<_> = endings.iter().map(number).collect();
    Script::json(200, &json!({ "data": data, "errors": null }).to_string())
}

async fn gateway(connections: &[String]) -> Gateway {
    let all = client("reader", &["read", "sensitive"], &["*"], "");
    Gateway::start(&format!(
        "[auth]\nmode = \"required\"\n{all}{}",
        connections.concat()
    ))
    .await
}

async fn get(gateway: &Gateway, path: &str) -> Answer {
    gateway
        .get_with(path, &[("authorization", &bearer("reader"))])
        .await
}

fn shown(answer: &Answer) -> (Vec<String>, Vec<(String, String)>) {
    let page = answer.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let ids = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|number| text(&number["id"]));
    let sources = page["sources"].as_array().unwrap().iter();
    (
        ids.collect(),
        sources
            .map(|source| (text(&source["connection"]), text(&source["status"])))
            .collect(),
    )
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

#[tokio::test]
async fn a_list_goes_through_each_connection_to_its_end() {
    let (east, west) = (
        Upstream::always(numbers(&[1, 2, 3])).await,
        Upstream::always(numbers(&[1, 2])).await,
    );
    let gateway = gateway(&[bland("east", east.address), bland("west", west.address)]).await;
    let mut path = "/v1/numbers?limit=2".to_owned();
    let expected = [
        (
            vec!["east:sms:+15550000001", "east:sms:+15550000002"],
            pairs(&[("east", "ok")]),
        ),
        (
            vec!["east:sms:+15550000003", "west:sms:+15550000001"],
            pairs(&[("east", "ok"), ("west", "ok")]),
        ),
        (vec!["west:sms:+15550000002"], pairs(&[("west", "ok")])),
    ];
    for (number, (ids, sources)) in expected.iter().enumerate() {
        let page = get(&gateway, &path).await;
        assert_eq!(
            shown(&page),
            (ids.iter().map(|id| (*id).to_owned()).collect(), sources.clone()),
            "page {number}"
        );
        match page.json()["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/numbers?limit=2&cursor={cursor}"),
            None => assert_eq!(number, 2),
        }
    }
    gateway.stop().await;
}

#[tokio::test]
async fn one_connection_alone_is_asked_if_it_is_named() {
    let (east, west) = (
        Upstream::always(numbers(&[1])).await,
        Upstream::always(numbers(&[2])).await,
    );
    let gateway = gateway(&[bland("east", east.address), bland("west", west.address)]).await;
    let page = get(&gateway, "/v1/numbers?connection=west").await;
    assert_eq!(
        shown(&page),
        (vec!["west:sms:+15550000002".to_owned()], pairs(&[("west", "ok")]))
    );
    assert_eq!((east.count(), west.count()), (0, 1));
    gateway.stop().await;
}

#[tokio::test]
async fn one_failing_connection_does_not_fail_the_list() {
    let (good, bad) = (
        Upstream::always(numbers(&[1])).await,
        Upstream::always(Script::json(500, "{}")).await,
    );
    let gateway = gateway(&[bland("bad", bad.address), bland("good", good.address)]).await;
    for round in 1..=2 {
        let page = get(&gateway, "/v1/numbers").await;
        assert_eq!(page.status, 200);
        assert_eq!(
            shown(&page),
            (
                vec!["good:sms:+15550000001".to_owned()],
                pairs(&[("bad", "error"), ("good", "ok")])
            )
        );
        let [failed, read] = [&page.json()["sources"][0], &page.json()["sources"][1]].map(Clone::clone);
        let problem = &failed["problem"];
        assert_eq!(
            [
                &problem["code"],
                &problem["origin"],
                &problem["connection"],
                &problem["provider_status"]
            ],
            [
                &json!("provider_unavailable"),
                &json!("provider"),
                &json!("bad"),
                &json!(500)
            ]
        );
        assert!(
            problem["request_id"].is_null() && failed["as_of"].is_null(),
            "{failed}"
        );
        assert!(read["problem"].is_null() && read["as_of"].is_string(), "{read}");
        // Not kept: the next one asks again.
        assert!(!page.header("cache-status").contains("stored"), "{page:?}");
        assert_eq!((bad.count(), good.count()), (round, round));
    }
    assert!(
        (gateway
            .metric("switchboard_list_sources_total", &["\"bad\"", "\"error\""])
            .await
            - 2.0)
            .abs()
            < 0.1
    );
    gateway.stop().await;
}

#[tokio::test]
async fn if_all_fail_the_answer_is_the_failure() {
    let bad = Upstream::always(Script::json(500, "{}")).await;
    let gateway = gateway(&[bland("east", bad.address), bland("west", bad.address)]).await;
    let answer = get(&gateway, "/v1/numbers").await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (502, "provider_unavailable")
    );
    assert!(
        answer.header("proxy-status").contains("next-hop=east"),
        "{answer:?}"
    );
    assert_eq!(answer.json()["request_id"], answer.header("x-request-id"));
    gateway.stop().await;
}

#[tokio::test]
async fn a_channel_is_sms_unless_another_is_asked_for() {
    let gateway = Gateway::demo().await;
    for (query, channel, count) in [
        ("", "sms", 20),
        ("&channel=sms", "sms", 20),
        ("&channel=whatsapp", "whatsapp", 3),
        ("&channel=imessage", "imessage", 2),
    ] {
        let page = gateway
            .get(&format!("/v1/numbers?connection=bland{query}"))
            .await
            .json();
        let numbers = page["data"].as_array().unwrap();
        assert_eq!(numbers.len(), count, "{query}");
        for number in numbers {
            assert_eq!(number["channel"], channel);
            assert!(
                number["id"]
                    .as_str()
                    .unwrap()
                    .starts_with(&format!("bland:{channel}:+"))
            );
        }
    }
    // What the neutral words do not say is asked for as it is shown.
    let own = gateway
        .get("/v1/numbers?connection=twilio&channel=twilio:gbm")
        .await;
    assert_eq!((own.status, &own.json()["data"]), (200, &json!([])));
    for channel in ["fax", "SMS", "", "%20sms", "s%2Fms", "twilio:gbm"] {
        let answer = gateway
            .get(&format!("/v1/numbers?connection=bland&channel={channel}"))
            .await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "invalid_request"),
            "{channel}"
        );
        assert_eq!(answer.json()["errors"][0]["parameter"], "channel");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn a_number_is_found_under_every_spelling_of_its_id() {
    let gateway = Gateway::demo().await;
    let spellings = [
        "bland:sms:+14155552671",
        "bland:sms:%2B14155552671",
        "bland%3Asms%3A%2B14155552671",
        "bland%3asms:+14155552671",
        "%62land:sms:+1415555267%31",
    ];
    let mut bodies = Vec::new();
    for (index, id) in spellings.iter().enumerate() {
        let answer = gateway.get(&format!("/v1/numbers/{id}")).await;
        assert_eq!(answer.status, 200, "{id}");
        assert_eq!(answer.json()["self"], "/v1/numbers/bland:sms:+14155552671");
        // They are one resource, and so one entry of the cache.
        let hit = answer
            .header("cache-status")
            .starts_with("switchboard; hit; ttl=");
        assert_eq!(hit, index > 0, "{id}: {}", answer.header("cache-status"));
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    // Decoded once and no further.
    let twice = gateway.get("/v1/numbers/bland:sms:%252B14155552671").await;
    assert_eq!((twice.status, twice.code().as_str()), (422, "invalid_request"));
    gateway.stop().await;
}

#[tokio::test]
async fn an_id_that_cannot_be_one_is_refused_before_any_call() {
    let gateway = Gateway::demo().await;
    for id in [
        "nonsense",
        "bland:",
        "bland:fax:+14155552671",
        "bland:sms:14155552671",
        "bland:sms:%2014155552671",
        "bland:sms:+0123",
        "bland:sms:+1",
        "Bland:sms:+14155552671",
        "bland:sms:%2F",
        "bland:sms:%00",
        "%FF",
    ] {
        let answer = gateway.get(&format!("/v1/numbers/{id}")).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "invalid_request"),
            "{id}"
        );
        assert_eq!(answer.json()["errors"][0]["parameter"], "id", "{id}");
    }
    assert!(gateway.metric("switchboard_upstream_requests_total", &[]).await < 0.5);
    let absent = gateway.get("/v1/numbers/bland:sms:+19999999999").await;
    assert_eq!((absent.status, absent.code().as_str()), (404, "not_found"));
    gateway.stop().await;
}

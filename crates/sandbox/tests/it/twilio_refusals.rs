//! In which order a new webhook is found wanting, and what a form has to be.

use hyper::{Method, StatusCode};

use crate::client::{Reply, Running, basic};
use crate::twilio::{error, error_of};

/// Active, with more webhooks than may be.
const FULL: &str = "/v1/Conversations/CH00000000000000000000000000000023/Webhooks";
const EMPTY: &str = "/v1/Conversations/CH00000000000000000000000000000000/Webhooks";
const UNKNOWN: &str = "/v1/Conversations/CHffffffffffffffffffffffffffffffff/Webhooks";
const CLOSED: &str = "/v1/Conversations/CH00000000000000000000000000000001/Webhooks";

async fn refusals(running: &Running, path: &str, steps: &[(String, u32)]) {
    for (form, code) in steps {
        let reply = running.post_form(path, form).await;
        assert_eq!(error_of(&reply), error(400, *code), "{form}");
    }
}

async fn sent_as(running: &Running, content_type: &str, body: &str) -> Reply {
    let login = basic("SKsandbox", "sandbox");
    let headers = [("authorization", login.as_str()), ("content-type", content_type)];
    let reply = running.exchange(Method::POST, EMPTY, &headers, body).await;
    reply.unwrap()
}

/// Each step repairs what the one before was refused for, and nothing else.
#[tokio::test]
async fn faults_of_a_webhook_are_told_in_the_documented_order() {
    let running = Running::start().await;
    let nobody = running
        .send(Method::POST, UNKNOWN, &basic("SKsandbox", "wrong"), "Nonsense=1")
        .await;
    assert_eq!(error_of(&nobody), error(401, 20003));
    assert_eq!(
        error_of(&running.post_form(UNKNOWN, "Nonsense=1").await),
        error(404, 50350)
    );
    let url = |length: usize| {
        format!(
            "Configuration.Url=https://x.example/{}",
            "a".repeat(length - "https://x.example/".len())
        )
    };
    let bad_end = "Configuration.Method=put&Configuration.ReplayAfter=-1";
    let steps = [
        (format!("Nonsense=1&{bad_end}"), 20001),
        (bad_end.to_owned(), 50368),
        (format!("Target=&{bad_end}"), 50368),
        (format!("Target=Webhook&{bad_end}"), 50364),
        (format!("Target=webhook&{bad_end}"), 50369),
        (format!("Target=webhook&{}&{bad_end}", url(513)), 50370),
        (
            format!(
                "Target=webhook&{}&Configuration.Filters=onMessageAdd&{bad_end}",
                url(513)
            ),
            50365,
        ),
        (
            format!(
                "Target=webhook&{}&Configuration.Filters=onMessageAdded&{bad_end}",
                url(513)
            ),
            50372,
        ),
        (
            format!(
                "Target=webhook&Configuration.Url=ftp://x.example&Configuration.Filters=onMessageAdded&{bad_end}"
            ),
            50054,
        ),
        (
            format!(
                "Target=webhook&{}&Configuration.Filters=onMessageAdded&{bad_end}",
                url(512)
            ),
            50055,
        ),
        (
            format!(
                "Target=webhook&{}&Configuration.Filters=onMessageAdded&Configuration.ReplayAfter=-1",
                url(512)
            ),
            20001,
        ),
        (
            format!(
                "Target=webhook&{}&Configuration.Filters=onMessageAdded&Configuration.ReplayAfter=7",
                url(512)
            ),
            50361,
        ),
    ];
    refusals(&running, FULL, &steps).await;
    let (last, _) = &steps[steps.len() - 1];
    assert_eq!(running.post_form(EMPTY, last).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn keywords_and_flows_have_requirements_of_their_own() {
    let running = Running::start().await;
    let keywords = |count: usize| "&Configuration.Triggers=k".repeat(count);
    let long = |length: usize| format!("&Configuration.Triggers={}", "é".repeat(length));
    let base = "Target=trigger&Configuration.Method=put";
    let with_url = format!("{base}&Configuration.Url=nowhere");
    let steps = [
        (format!("{base}&Configuration.Filters=onMessageAdded"), 50369),
        (format!("{with_url}&Configuration.Filters=onMessageAdded"), 50371),
        (format!("{with_url}{}{}", keywords(5), long(249)), 50362),
        (format!("{with_url}{}{}", keywords(4), long(249)), 50366),
        (format!("{with_url}&Configuration.Triggers="), 50366),
        (format!("{with_url}{}{}", keywords(4), long(248)), 50054),
        (
            "Target=studio&Configuration.Url=http://x.example".to_owned(),
            50367,
        ),
        ("Target=studio&Configuration.FlowSid=FW1".to_owned(), 50367),
        (
            "Target=studio&Configuration.FlowSid=FW0123456789abcdef0123456789abcdeg".to_owned(),
            50367,
        ),
        (
            "Target=studio&Configuration.FlowSid=FW0123456789abcdef0123456789abcdef".to_owned(),
            50361,
        ),
    ];
    refusals(&running, FULL, &steps).await;
}

#[tokio::test]
async fn a_closed_conversation_keeps_its_webhooks() {
    let running = Running::start().await;
    let listed = crate::twilio::get(&running, CLOSED).await;
    let path = format!("{CLOSED}/{}", listed.body["webhooks"][0]["sid"].as_str().unwrap());
    for reply in [
        running.post_form(CLOSED, "Nonsense=1").await,
        running.post_form(&path, "").await,
        running.delete(&path).await,
        running
            .delete(&format!("{CLOSED}/WHffffffffffffffffffffffffffffffff"))
            .await,
    ] {
        assert_eq!(error_of(&reply), error(400, 50377));
    }
    assert_eq!(crate::twilio::get(&running, CLOSED).await.body, listed.body);
}

#[tokio::test]
async fn only_a_form_is_read() {
    let running = Running::start().await;
    let form = "application/x-www-form-urlencoded";
    let hook = "Target=webhook&Configuration.Url=http://x.example&Configuration.Filters=onMessageAdded";
    for (content_type, body) in [
        ("application/json", "{\"Target\":\"webhook\"}"),
        ("application/json", hook),
        ("text/plain", hook),
        (form, "Target=web%hook"),
        (form, "Target=%FF"),
    ] {
        let reply = sent_as(&running, content_type, body).await;
        assert_eq!(error_of(&reply), error(400, 20001), "{content_type} {body}");
    }
    let nothing = sent_as(&running, "application/json", "").await;
    assert_eq!(error_of(&nothing), error(400, 50368));
    let reply = sent_as(
        &running,
        "Application/X-WWW-Form-Urlencoded ; charset=utf-8",
        hook,
    )
    .await;
    assert_eq!(reply.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_name_that_means_more_than_one_thing_is_the_last_value() {
    let running = Running::start().await;
    let form = "Target=nothing&Target=studio&Configuration.FlowSid=FW0123456789abcdef0123456789abcdef";
    let reply = running.post_form(EMPTY, form).await;
    assert_eq!(
        (reply.status, reply.body["target"].as_str()),
        (StatusCode::CREATED, Some("studio"))
    );
}

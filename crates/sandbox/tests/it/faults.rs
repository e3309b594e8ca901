//! What a request meets with when a rule says so.

use std::time::Duration;

use hyper::{Method, StatusCode};
use sandbox::{Body, Fault, NamedBody, RetryAfter, Truncate};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::client::{Running, basic};
use crate::twilio::{error, error_of, get};

const SERVICES: &str = "/v1/Services";
const NUMBERS: &str = "/v1/sms/numbers?channel=imessage";
const WEBHOOKS: &str = "/v1/Conversations/CH00000000000000000000000000000000/Webhooks";
const HOOK: &str = "Target=studio&Configuration.FlowSid=FW0123456789abcdef0123456789abcdef";

fn status(provider: &str, status: u16) -> Fault {
    Fault {
        status: Some(status),
        ..Fault::of(provider)
    }
}

/// Everything that comes over a connection of its own, and how it ends.
async fn raw(running: &Running, path: &str) -> (String, std::io::Result<usize>) {
    let mut stream = TcpStream::connect(running.addr).await.unwrap();
    let login = basic("SKsandbox", "sandbox");
    let head =
        format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: {login}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await;
    (String::from_utf8(bytes).unwrap(), end)
}

#[tokio::test]
async fn a_status_has_the_provider_s_own_body() {
    let running = Running::start().await;
    for (sent, code) in [
        (400, 20001),
        (401, 20003),
        (403, 20403),
        (404, 20404),
        (409, 20409),
        (429, 20429),
        (500, 20500),
        (503, 20503),
    ] {
        running.control.add(status("twilio", sent)).unwrap();
        let reply = get(&running, SERVICES).await;
        assert_eq!(error_of(&reply), error(sent, code));
        assert!(reply.headers.get("retry-after").is_none());
        assert!(reply.header("twilio-request-id").starts_with("RQ"));
    }
    for (sent, code) in [
        (400, "INVALID_PARAMETER"),
        (401, "AUTH_FAILURE"),
        (403, "ENTERPRISE_REQUIRED"),
        (404, "CONVERSATION_NOT_FOUND"),
        (429, "SMS_RL_PLAN_HOURLY"),
        (500, "INTERNAL_SERVER_ERROR"),
    ] {
        running.control.add(status("bland", sent)).unwrap();
        let reply = running.get(NUMBERS, "sandbox").await;
        let message = &reply.body["errors"][0]["message"];
        let expected = json!({ "data": null, "errors": [{ "error": code, "message": message }] });
        assert_eq!((reply.status.as_u16(), &reply.body), (sent, &expected));
    }
}

#[tokio::test]
async fn retry_after_is_sent_as_given() {
    let running = Running::start().await;
    let date = "Wed, 21 Oct 2026 07:28:00 GMT";
    for (given, sent) in [
        (RetryAfter::Seconds(0), "0"),
        (RetryAfter::Seconds(120), "120"),
        (RetryAfter::Text(date.to_owned()), date),
        (RetryAfter::Text("soon".to_owned()), "soon"),
    ] {
        let fault = Fault {
            retry_after: Some(given),
            ..status("bland", 429)
        };
        running.control.add(fault).unwrap();
        let reply = running.get(NUMBERS, "sandbox").await;
        assert_eq!(
            (reply.status, reply.header("retry-after")),
            (StatusCode::TOO_MANY_REQUESTS, sent)
        );
    }
}

#[tokio::test]
async fn a_body_takes_the_place_of_the_provider_s() {
    let running = Running::start().await;
    let rule = |body: Value| json!({ "provider": "twilio", "status": 503, "body": body });
    let replies = async |body: Value| {
        running
            .send_json(Method::POST, "/sandbox/faults", &rule(body))
            .await;
        get(&running, SERVICES).await
    };
    let html = replies(json!("html")).await;
    assert_eq!(
        (html.status, html.header("content-type")),
        (StatusCode::SERVICE_UNAVAILABLE, "text/html")
    );
    assert!(html.text.starts_with("<html>"), "{}", html.text);
    let empty = replies(json!("empty")).await;
    assert_eq!(
        (empty.status, empty.text.as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "")
    );
    for body in [json!({ "type": "about:blank", "status": 503 }), json!([1])] {
        let reply = replies(body.clone()).await;
        assert_eq!(
            (reply.header("content-type"), &reply.body),
            ("application/json", &body)
        );
    }
    let success = Fault {
        body: Some(Body::Named(NamedBody::Html)),
        ..status("bland", 200)
    };
    running.control.add(success).unwrap();
    let reply = running.get(NUMBERS, "sandbox").await;
    assert_eq!((reply.status, reply.body), (StatusCode::OK, Value::Null));
}

#[tokio::test]
async fn a_status_without_a_body_gets_none() {
    let running = Running::start().await;
    for sent in [204, 304] {
        running.control.add(status("twilio", sent)).unwrap();
        let reply = get(&running, SERVICES).await;
        assert_eq!((reply.status.as_u16(), reply.text.as_str()), (sent, ""));
    }
    assert_eq!(get(&running, SERVICES).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_status_leaves_the_data_alone() {
    let running = Running::start().await;
    running.control.add(status("twilio", 503)).unwrap();
    let refused = running.post_form(WEBHOOKS, HOOK).await;
    assert_eq!(error_of(&refused), error(503, 20503));
    assert_eq!(get(&running, WEBHOOKS).await.body["webhooks"], json!([]));
    assert_eq!(
        running.post_form(WEBHOOKS, HOOK).await.status,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn a_rule_is_met_as_often_as_it_says() {
    let running = Running::start().await;
    let twice = Fault {
        times: 2,
        ..status("bland", 500)
    };
    let id = running.control.add(twice).unwrap().id;
    for left in [1, 0] {
        assert_eq!(running.get(NUMBERS, "sandbox").await.status, 500);
        let rules = running.control.faults();
        assert_eq!(rules.iter().map(|rule| rule.fault.times).sum::<u32>(), left);
    }
    assert_eq!(running.get(NUMBERS, "sandbox").await.status, StatusCode::OK);
    assert!(!running.control.remove(id));
    let always = Fault {
        times: 0,
        ..status("bland", 500)
    };
    let id = running.control.add(always).unwrap().id;
    for _ in 0..5 {
        assert_eq!(running.get(NUMBERS, "sandbox").await.status, 500);
    }
    running.control.remove(id);
    assert_eq!(running.get(NUMBERS, "sandbox").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_rule_is_met_by_what_it_names() {
    let running = Running::start().await;
    let fault = Fault {
        method: Some("POST".to_owned()),
        path: Some(WEBHOOKS.to_owned()),
        times: 0,
        ..status("twilio", 500)
    };
    running.control.add(fault).unwrap();
    assert_eq!(running.get(NUMBERS, "sandbox").await.status, StatusCode::OK);
    assert_eq!(get(&running, WEBHOOKS).await.status, StatusCode::OK);
    assert_eq!(running.post_form(SERVICES, "FriendlyName=x").await.status, 201);
    assert_eq!(running.post_form(WEBHOOKS, HOOK).await.status, 500);
    let below = format!("{WEBHOOKS}/WH1?a=b");
    assert_eq!(running.post_form(&below, HOOK).await.status, 500);
}

#[tokio::test]
async fn the_first_rule_that_matches_is_the_only_one() {
    let running = Running::start().await;
    running.control.add(status("twilio", 500)).unwrap();
    running.control.add(status("bland", 502)).unwrap();
    running.control.add(status("bland", 503)).unwrap();
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(running.get(NUMBERS, "sandbox").await.status.as_u16());
    }
    assert_eq!(statuses, [502, 503, 200]);
}

#[tokio::test(start_paused = true)]
async fn a_delay_holds_the_answer_back() {
    let running = Running::start().await;
    let slow = Fault {
        delay_ms: 5_000,
        ..Fault::of("bland")
    };
    running.control.add(slow).unwrap();
    let begun = Instant::now();
    assert_eq!(running.get(NUMBERS, "sandbox").await.status, StatusCode::OK);
    assert!(begun.elapsed() >= Duration::from_secs(5));
    let begun = Instant::now();
    assert_eq!(running.get(NUMBERS, "sandbox").await.status, StatusCode::OK);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_cut_body_ends_before_its_length() {
    let running = Running::start().await;
    let (whole, _) = raw(&running, SERVICES).await;
    let (head, whole) = whole.split_once("\r\n\r\n").unwrap();
    let length = format!("content-length: {}", whole.len());
    assert!(head.contains(&length), "{head}");
    for (truncate, sent) in [
        (Truncate::Half(true), whole.len() / 2),
        (Truncate::Bytes(7), 7),
        (Truncate::Bytes(0), 0),
        (Truncate::Bytes(1 << 20), whole.len() - 1),
        (Truncate::Half(false), whole.len()),
    ] {
        let fault = Fault {
            truncate: Some(truncate),
            ..Fault::of("twilio")
        };
        running.control.add(fault).unwrap();
        let (cut, _) = raw(&running, SERVICES).await;
        let (head, body) = cut.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with("HTTP/1.1 200 ") && head.contains(&length),
            "{head}"
        );
        assert_eq!(body.len(), sent, "{truncate:?}");
        assert_eq!(Some(body), whole.get(..sent));
    }
    let fault = Fault {
        truncate: Some(Truncate::Half(true)),
        ..status("twilio", 500)
    };
    running.control.add(fault).unwrap();
    let login = basic("SKsandbox", "sandbox");
    let headers = [("authorization", login.as_str())];
    let reply = running.exchange(Method::GET, SERVICES, &headers, "").await;
    assert!(reply.is_err(), "a client notices");
}

#[tokio::test]
async fn where_there_is_no_body_nothing_is_cut() {
    let running = Running::start().await;
    let fault = Fault {
        truncate: Some(Truncate::Bytes(3)),
        ..Fault::of("twilio")
    };
    running.control.add(fault).unwrap();
    let deleted = running.delete("/v1/Conversations/order%2F4").await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert!(deleted.headers.get("content-length").is_none());
}

#[tokio::test]
async fn a_reset_connection_answers_nothing_and_does_nothing() {
    let running = Running::start().await;
    let reset = Fault {
        reset: true,
        times: 2,
        ..Fault::of("twilio")
    };
    running.control.add(reset).unwrap();
    let (answer, end) = raw(&running, SERVICES).await;
    let error = end.unwrap_err().kind();
    assert_eq!(
        (answer.as_str(), error),
        ("", std::io::ErrorKind::ConnectionReset)
    );
    let login = basic("SKsandbox", "sandbox");
    let headers = [
        ("authorization", login.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let write = running.exchange(Method::POST, WEBHOOKS, &headers, HOOK).await;
    assert!(write.is_err());
    assert_eq!(get(&running, WEBHOOKS).await.body["webhooks"], json!([]));
}

//! No answer makes an adapter panic, and no refusal gets out of hand.

use http::{HeaderMap, HeaderValue};
use model::{Code, Error, Operation, Origin, UpstreamResponse};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::bodies::{anything, config, text};
use crate::drive::{Session, declares, run};
use crate::request::{Request, well_formed};

/// Requests that are made at the most where every answer is the same: what applies to a conversation takes four.
const STEPS: usize = 4;

/// Runs every operation against one answer, however often it asks.
fn everything(response: &UpstreamResponse) -> Result<(), TestCaseError> {
    for provider in providers::all() {
        let profile = provider.profile();
        for operation in Operation::ALL {
            if !declares(profile, operation) {
                continue;
            }
            let request = well_formed(profile.provider, operation);
            let effective = Request {
                effective: true,
                ..request.clone()
            };
            let requests = match operation {
                Operation::ListConversationWebhooks => vec![request, effective],
                _ => vec![request],
            };
            for request in &requests {
                let responses = vec![response.clone(); STEPS];
                if let Err(error) = run(provider.as_ref(), operation, request, &responses).answer {
                    check(operation, &error, response)?;
                }
            }
        }
    }
    Ok(())
}

fn check(operation: Operation, error: &Error, response: &UpstreamResponse) -> Result<(), TestCaseError> {
    prop_assert!(error.code() != Code::Internal);
    // What there is decides what a change may ask for, and here it is anything.
    let is_change = operation.verb() == "update" && error.code() == Code::InvalidRequest;
    if error.code() != Code::NotFound && !is_change {
        prop_assert_eq!(error.origin(), Origin::Provider);
    }
    if let Some(fault) = error.provider_fault() {
        prop_assert_eq!(fault.status, Some(response.status));
        let texts = [&fault.code, &fault.message, &fault.request_id];
        for text in texts.into_iter().flatten() {
            prop_assert!(text.chars().count() <= 300 && !text.contains(char::is_control));
        }
    }
    Ok(())
}

fn response(status: u16, id: &[u8], body: impl Into<bytes::Bytes>) -> UpstreamResponse {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(id) {
        headers.insert("twilio-request-id", value);
    }
    UpstreamResponse {
        status,
        headers,
        body: body.into(),
    }
}

fn status() -> impl Strategy<Value = u16> {
    prop_oneof![Just(200), 100u16..600]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn against_bytes(status in status(), id in vec(any::<u8>(), 0..80), body in vec(any::<u8>(), 0..60)) {
        everything(&response(status, &id, body))?;
    }

    #[test]
    fn against_json(status in status(), body in anything()) {
        everything(&response(status, b"RQ1", text(&body)))?;
    }

    #[test]
    fn against_configurations(a in anything(), b in anything(), c in anything()) {
        let (a, b, c) = (text(&a), text(&b), text(&c));
        everything(&response(200, b"", format!("{{\"type\":\"sms\",\"sid\":{b},\"address\":{c},\"auto_creation\":{a}}}")))?;
        everything(&response(200, b"", format!("{{\"filters\":{a},\"method\":{b},\"post_webhook_url\":{c}}}")))?;
    }

    #[test]
    fn against_envelopes(status in status(), a in anything(), b in anything(), c in anything()) {
        let (a, b, c) = (text(&a), text(&b), text(&c));
        everything(&response(status, b"", format!("{{\"data\":{a},\"errors\":{b},\"error\":{c}}}")))?;
        everything(&response(status, b"", format!("{{\"meta\":{{\"key\":{b}}},\"webhooks\":{a}}}")))?;
        everything(&response(status, b"", format!("{{\"services\":[{a}],\"conversations\":[{b},{c}]}}")))?;
        everything(&response(status, b"", format!("{{\"code\":{a},\"message\":{b},\"title\":{c}}}")))?;
        everything(&response(status, b"", format!("{{\"errors\":[{{\"error\":{a},\"message\":{b}}}]}}")))?;
    }
}

#[test]
fn a_text_of_the_provider_stays_in_its_field() {
    let body = r#"{"code":20001,"message":"SECRET","errors":[{"error":"SECRET","message":"SECRET"}]}"#;
    for provider in providers::all() {
        for status in [400, 401, 404, 409, 412, 413, 418, 429, 500, 302] {
            let error = provider.read_error(&response(status, b"", body));
            assert!(!error.detail().contains("SECRET") && error.cause().is_none());
            assert_eq!(error.provider_fault().unwrap().message.as_deref(), Some("SECRET"));
            assert!(error.wait().is_none() && !error.is_unsent());
        }
    }
}

/// A hostile chain of pages ends when the walk is stopped from outside; each step asks for another page.
#[test]
fn a_walk_never_asks_twice_in_a_row_for_the_same_page() {
    let provider = providers::find("twilio").unwrap();
    let account = crate::drive::account(provider.as_ref());
    let page = model::PageRequest {
        limit: 100,
        token: None,
    };
    let conversation = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap();
    let exchange = provider
        .list_conversation_webhooks(&account, &conversation, &page)
        .unwrap();
    let mut asked = Vec::new();
    let mut session = Session::new(provider.as_ref(), |request| {
        asked.push(format!("{:?}", request.query));
        assert!(asked.len() < 9, "it goes on for ever");
        let next = format!("https://conversations.twilio.com/?Page={}", asked.len().min(3));
        crate::drive::ok(format!(
            r#"{{"meta":{{"next_page_url":"{next}"}},"webhooks":[]}}"#
        ))
    });
    assert_eq!(
        session.walk(exchange).unwrap_err().code(),
        Code::ProviderProtocolError
    );
    assert_eq!(asked.len(), 4);
    asked.dedup();
    assert_eq!(asked.len(), 4);
}

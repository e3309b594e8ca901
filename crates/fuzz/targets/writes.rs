//! What clients want written: a body is understood as it stands or refused by name, and what adapters make of it for
//! their provider says no more than the client did.
#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use layers::{Body, Request};
use libfuzzer_sys::fuzz_target;
use model::{
    Account, AccountScope, Body as Sent, Code, Drift, Error, Exchange, NativeId, Node, OptionValue, Patch,
    Phase, Place, Progress, Provider, Result, UpstreamRequest, UpstreamResponse, Webhook, WebhookChange,
};
use serde_json::Value;
use switchboard::api::brought::Brought;
use switchboard::config::Webhooks;

const WEBHOOK: &str =
    include_str!("../../providers/fixtures/twilio/get_conversation_webhook/documented_in_service.1.http");
const CALLBACKS: &str = include_str!("../../providers/fixtures/twilio/get_account_webhook/after.1.http");
const NUMBERS: &str = include_str!("../../providers/fixtures/bland/list_numbers/documented.1.http");
/// Requests of one write at the most.
const STEPS: usize = 8;

static CONVERSATION: LazyLock<NativeId> = LazyLock::new(|| id("CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));

fuzz_target!(|data: &[u8]| {
    let (Ok(change), false) = (read(data), data.is_empty()) else {
        return;
    };
    for provider in providers::all() {
        write(provider.as_ref(), &change, data.len());
    }
});

fn id(text: &str) -> NativeId {
    text.parse().expect("an id")
}

/// The change, if it is one. Whatever is in the body and is nothing that can be changed was refused.
fn read(body: &[u8]) -> Result<WebhookChange> {
    let mut request = Request::new(Body::from(Bytes::copy_from_slice(body)));
    *request.method_mut() = Method::PATCH;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    request.headers_mut().insert(CONTENT_TYPE, json);
    let brought = Brought::of(&request);
    let policy = Webhooks {
        allowed_hosts: Vec::new(),
    };
    if let Err(error) = brought.redelivery() {
        refusal(&error);
    }
    let change = brought.webhook_patch(&policy);
    assert_eq!(change.as_ref().ok(), brought.webhook(&policy).as_ref().ok());
    let change = change.inspect_err(refusal)?;
    let value: Value = serde_json::from_slice(body).expect("what was read is JSON");
    for (name, value) in value.as_object().expect("an object") {
        let is_kept = match name.as_str() {
            "target" => change.target.is_keep(),
            "events" => change.events.is_keep(),
            "keywords" => change.keywords.is_keep(),
            "enabled" => change.enabled.is_keep(),
            other => panic!("{other:?} was dropped: {value}"),
        };
        assert!(!is_kept);
    }
    Ok(change)
}

fn refusal(error: &Error) {
    assert!(
        matches!(error.code(), Code::MalformedRequest | Code::InvalidRequest),
        "{error:?}"
    );
    for field in error.fields() {
        let Place::Pointer(pointer) = &field.place else {
            panic!("{field:?}")
        };
        assert!(pointer.starts_with('#') && pointer.is_ascii(), "{pointer:?}");
    }
}

fn write(p: &dyn Provider, change: &WebhookChange, length: usize) {
    let flags = ["redelivery", "clear_webhook", "rewrite_urls"].map(|key| (key, OptionValue::Flag(true)));
    let account = &Arc::new(Account {
        connection: "acme".parse().expect("a name"),
        base_url: "https://api.example".to_owned(),
        options: BTreeMap::from(flags),
    });
    let number = &id("sms:+14155552671");
    let sent = |answer| Wire {
        change,
        length,
        answer,
    };
    sent(WEBHOOK).walk(p.create_conversation_webhook(account, &CONVERSATION, change));
    sent(NUMBERS).walk(p.replace_number_webhook(account, number, change));
    let webhook = id("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    if let Some(current) = now(
        p.get_conversation_webhook(account, &CONVERSATION, &webhook),
        WEBHOOK,
    ) {
        sent(WEBHOOK).walk(p.update_conversation_webhook(account, &CONVERSATION, &current, change));
    }
    let scope = AccountScope::Account;
    for (phase, linked) in [(Phase::Before, false), (Phase::After, true)] {
        if let Some(current) = now(p.get_scope_webhook(account, &scope, phase), CALLBACKS) {
            sent(CALLBACKS).walk(p.update_scope_webhook(account, &scope, &current, change, linked));
        }
    }
}

/// What there is before a change.
fn now(exchange: Result<Exchange<Webhook>>, fixture: &str) -> Option<Webhook> {
    let exchange = exchange.ok()?;
    match (exchange.read)(response(fixture), &mut Drift::new(exchange.resource)) {
        Ok(Progress::Done(webhook)) => Some(webhook),
        _ => None,
    }
}

fn response(fixture: &str) -> UpstreamResponse {
    let (_, body) = fixture
        .split_once("\n\n")
        .expect("an empty line behind the headers");
    UpstreamResponse {
        status: 200,
        headers: HeaderMap::new(),
        body: Bytes::from(body.to_owned()),
    }
}

/// A provider that answers everything in one way.
struct Wire<'c> {
    change: &'c WebhookChange,
    length: usize,
    answer: &'static str,
}

impl Wire<'_> {
    fn walk(&self, exchange: Result<Exchange<Webhook>>) {
        let mut exchange = match exchange {
            Ok(exchange) => exchange,
            Err(error) => return assert!(error.code() != Code::Internal, "{error:?}"),
        };
        for _ in 0..STEPS {
            self.check(&exchange.request);
            match (exchange.read)(response(self.answer), &mut Drift::new(exchange.resource)) {
                Ok(Progress::Next(next)) => exchange = next,
                Ok(Progress::Done(_)) => return,
                Err(error) => return assert!(error.code() != Code::Internal, "{error:?}"),
            }
        }
        panic!("it goes on for ever");
    }

    /// The client's URL stands in it once and as it is, and nothing is longer than what was asked for.
    fn check(&self, request: &UpstreamRequest) {
        let target = self.change.target.value();
        let url = target
            .and_then(|target| target.url.value())
            .filter(|url| !url.is_empty());
        match &request.body {
            Sent::Empty => {
                assert!(request.method != Method::POST || matches!(self.change.target, Patch::Clear))
            }
            Sent::Form(pairs) => {
                let length: usize = pairs.iter().map(|(name, value)| name.len() + value.len()).sum();
                assert!(length < 64 * (self.length + 1_000), "{pairs:?}");
                assert!(
                    pairs.iter().all(|(name, _)| name.is_ascii() && !name.is_empty()),
                    "{pairs:?}"
                );
                if let Some(url) = url {
                    assert_eq!(
                        pairs.iter().filter(|(_, value)| value == url).count(),
                        1,
                        "{pairs:?}"
                    );
                }
            }
            Sent::Json(body) => {
                let node = Node::parse(body).expect("what is sent is JSON");
                let webhook = node.member("webhook").expect("it is about a webhook");
                assert_eq!(webhook.as_str(), url.map(String::as_str));
            }
        }
    }
}

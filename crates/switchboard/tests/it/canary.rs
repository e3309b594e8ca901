//! A provider's credential, and a client's key, are seen by nobody whom they are not for. Runs what a gateway
//! does with marked secrets, and looks for them wherever something comes out.

use std::io;
use std::sync::{Arc, Mutex};

use data_encoding::BASE64;
use http::Method;
use serde_json::json;
use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber, set_default};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::rig::issuer::{IssuerKey, accepting, claims, encode, jwks};
use crate::rig::{Answer, DELIVERIES, Gateway, NUMBER, NUMBER_BODY, Script, Upstream, WEBHOOKS, acme};

/// The key of this file's client; the configuration has its hash.
const CLIENT_KEY: &str = "TEST_CLIENT_KEY_4711";
const CLIENT_HASH: &str = "cb9695ea2a0860d7e70cccf9789f577b42a02e5417ddcedc5fea23c612345134";
/// The credentials as they are configured, as they travel, and the client's key. A part is enough.
const SECRETS: [&str; 4] = [
    "secret-of-TEST",
    "c2VjcmV0LW9mLVRFU1",
    "TEST_CLIENT_KEY",
    "VEVTVF9DTElFTlRfS0VZ",
];

/// Everything that is logged, spans with their fields too.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

impl Log {
    /// Everything that this thread logs from now on; the tests' runtimes have one thread.
    fn begin(&self) -> (DefaultGuard, Dispatch) {
        // While there is one dispatcher alone, a call site that another thread meets first is off for all.
        let another = Dispatch::new(NoSubscriber::default());
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(self.clone());
        (set_default(subscriber.finish()), another)
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn assert_clean(place: &str, text: &str) {
    assert_without(&SECRETS, place, text);
}

fn assert_without(secrets: &[&str], place: &str, text: &str) {
    for secret in secrets {
        assert!(!text.contains(secret), "{place} shows {secret}: {text}");
    }
}

fn assert_clean_answer(place: &str, answer: &Answer) {
    assert_clean(place, &format!("{:?}", answer.headers));
    assert_clean(place, &String::from_utf8_lossy(&answer.body));
}

/// One after the other: a good answer, drift, and every way to fail that has a text of its own.
fn episodes() -> Vec<Script> {
    let drifted = NUMBER_BODY.replace("\"phone_number\"", "\"new_field\": 1, \"phone_number\"");
    let redirect = [("location", "http://127.0.0.1:1/")];
    vec![
        Script::json(200, NUMBER_BODY),
        Script::json(200, &drifted),
        Script::json(200, "<html>"),
        Script::json(
            401,
            r#"{"errors": [{"error": "AUTH_FAILURE", "message": "Wrong key."}]}"#,
        ),
        Script::json(404, "{}"),
        Script::json(429, "{}"),
        Script::json(500, "{}"),
        Script::answer(302, "text/html", &redirect, b""),
        Script::Close(Vec::new()),
        Script::Close(b"SSH-2.0\r\n".to_vec()),
        Script::Hang(Vec::new()),
    ]
}

async fn start() -> (Gateway, Upstream) {
    let episodes = episodes();
    let upstream = Upstream::scripted(move |number, _| episodes[number % episodes.len()].clone()).await;
    let config = acme(
        upstream.address,
        "attempt_timeout = \"300ms\"\nretries = { max = 1, budget = 1.0 }\nmax_pause = \"0s\"",
    );
    let known = "2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683";
    assert!(config.contains(known));
    (
        Gateway::start(
            &config
                .replace(known, CLIENT_HASH)
                .replace("\"redeliver\"]", "\"redeliver\", \"proxy:read\"]"),
        )
        .await,
        upstream,
    )
}

/// Answers of every kind, to requests that carry the client's key in every way.
async fn live(gateway: &Gateway) -> Vec<Answer> {
    let bearer = format!("Bearer {CLIENT_KEY}");
    let basic = "Basic eDpURVNUX0NMSUVOVF9LRVk=";
    let mut answers = Vec::new();
    // The first one is the good one; the next one comes from the cache.
    for _ in 0..2 {
        answers.push(gateway.get_with(NUMBER, &[("authorization", &bearer)]).await);
    }
    for path in [
        NUMBER,
        DELIVERIES,
        WEBHOOKS,
        "/v1/numbers",
        "/v1/connections",
        "/nowhere",
        "/proxy/bland/v1/sms/numbers",
        "/proxy/twilio/v1/Conversations",
    ] {
        for headers in [
            vec![("x-api-key", CLIENT_KEY)],
            vec![("authorization", bearer.as_str()), ("cache-control", "no-store")],
            vec![
                ("authorization", bearer.as_str()),
                ("cookie", CLIENT_KEY),
                ("cache-control", "no-cache"),
            ],
            vec![("authorization", basic)],
            vec![("authorization", CLIENT_KEY)],
            vec![("x-api-key", CLIENT_KEY), ("authorization", bearer.as_str())],
            vec![("x-api-key", "TEST_CLIENT_KEY_of_nobody")],
        ] {
            answers.push(gateway.get_with(path, &headers).await);
        }
    }
    answers.push(
        gateway
            .client
            .send(Method::POST, NUMBER, &[("x-api-key", CLIENT_KEY)])
            .await,
    );
    answers
}

#[tokio::test]
async fn secrets_are_seen_nowhere() {
    let log = Log::default();
    let logging = log.begin();
    let (gateway, upstream) = start().await;
    let answers = live(&gateway).await;
    for answer in &answers {
        assert_clean_answer("an answer", answer);
    }
    assert!(answers.iter().any(|answer| answer.status == 200), "{answers:?}");
    assert!(
        answers
            .iter()
            .any(|answer| answer.header("cache-status").contains("hit"))
    );
    for path in ["/metrics", "/config", "/drift", "/readyz", "/livez"] {
        let answer = gateway.admin.get(path).await;
        assert_eq!(answer.status, 200);
        assert_clean_answer(path, &answer);
    }
    let shared = &gateway.shared;
    assert_clean("the configuration", &format!("{:?}", shared.config));
    assert_clean("the cache", &format!("{:?}", shared.cache));
    // The search can find something: the provider has seen it, and the log tells of the calls.
    assert!(
        upstream
            .seen()
            .iter()
            .any(|seen| seen.header("authorization").contains(SECRETS[0]))
    );
    assert!(
        upstream
            .seen()
            .iter()
            .any(|seen| seen.header("authorization").contains(SECRETS[1]))
    );
    drop(logging);
    let text = log.text();
    for told in [
        "call{connection=bland",
        "attempt{",
        "request{request_id",
        "switchboard::access",
        "TRACE",
        "DEBUG",
    ] {
        assert!(text.contains(told), "the log does not tell of {told}: {text}");
    }
    assert_clean("the log", &text);
}

#[tokio::test]
async fn tokens_and_whom_they_speak_of_are_seen_nowhere() {
    let log = Log::default();
    let logging = log.begin();
    let key = IssuerKey::rs256("the-key-in-use");
    let source = Upstream::always(Script::json(200, &jwks(&[&key]))).await;
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let config = acme(upstream.address, "");
    let (_, clients) = config.split_once("mode = \"required\"").unwrap();
    let tokens = accepting(&format!("http://{}/keys", source.address));
    let gateway = Gateway::start(&format!("{tokens}{clients}")).await;
    let of = |changes| key.token(&claims(&changes));
    let good =
        of(json!({ "sub": "canary-subject", "scope": "read sensitive proxy:read", "mail": "canary-mail" }));
    let bad = of(json!({ "sub": "canary-subject", "iss": "canary-issuer" }));
    let forged = key.token_under(
        &json!({ "alg": "none", "kid": "canary-kid" }),
        &claims(&json!({})),
    );
    let unknown = key.token_under(
        &json!({ "alg": "RS256", "kid": "canary-kid" }),
        &claims(&json!({})),
    );
    let mut statuses = Vec::new();
    for token in [&good, &bad, &forged, &unknown] {
        let basic = format!("Basic {}", BASE64.encode(format!("x:{token}").as_bytes()));
        for path in [NUMBER, "/v1/numbers", "/nowhere", "/proxy/bland/v1/sms/numbers"] {
            for headers in [
                ("authorization", format!("Bearer {token}")),
                ("authorization", basic.clone()),
                ("authorization", token.clone()),
                ("x-api-key", token.clone()),
            ] {
                let answer = gateway.get_with(path, &[(headers.0, &headers.1)]).await;
                statuses.push(answer.status);
                for text in [format!("{:?}", answer.headers), format!("{:?}", answer.body)] {
                    assert_without(
                        &["canary", token, token.rsplit_once('.').unwrap().1],
                        "an answer",
                        &text,
                    );
                }
            }
        }
    }
    assert!(statuses.contains(&200) && statuses.contains(&401), "{statuses:?}");
    drop(logging);
    let mut texts = vec![("the log", log.text())];
    for path in ["/metrics", "/config", "/readyz", "/drift"] {
        let answer = gateway.admin.get(path).await;
        texts.push((path, String::from_utf8(answer.body.to_vec()).unwrap()));
    }
    for seen in upstream.seen().into_iter().chain(source.seen()) {
        texts.push(("a request", format!("{seen:?}")));
    }
    for (place, text) in &texts {
        for token in [&good, &bad, &forged, &unknown] {
            let parts: Vec<_> = token.split('.').skip(1).collect();
            assert_without(&parts, place, text);
            // Inside `Basic` the letters shift; a long part of the middle is enough.
            let basic = BASE64.encode(format!("x:{token}").as_bytes());
            assert_without(&["canary", basic.split_at(200).1.split_at(60).0], place, text);
        }
        assert_without(&[&encode(b"canary-subject")], place, text);
    }
    // The log names the key and a pseudonym, and the same one each time.
    let log = &texts[0].1;
    assert!(
        log.contains("key_id=\"the-key-in-use\"") && log.contains("client=\"other\""),
        "{log}"
    );
    let subjects = log.split(" subject=").skip(1).map(|rest| rest.split(' ').next());
    let subjects: std::collections::BTreeSet<_> = subjects.collect();
    assert_eq!(subjects.len(), 1, "{subjects:?}");
    gateway.stop().await;
}

//! The canary in requests, on both transports.

use data_encoding::BASE64;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::canary::{CANARY, Canary, DIGITS, KEY, LINNET, assert_no_credential, assert_unseen};
use crate::rig::operator::Operator;
use crate::rig::server::Server;
use crate::rig::{Answer, Authority, Client, Script, Secure, Seen, Upstream, put, section};

const CONVERSATION: &str = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const WEBHOOK: &str = "WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A request, and the status of its answer.
struct Ask {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
    status: &'static [u16],
}

impl Ask {
    fn new(method: Method, path: impl Into<String>, status: &'static [u16]) -> Self {
        let headers = vec![("x-api-key", KEY.to_owned())];
        Self {
            method,
            path: path.into(),
            headers,
            body: String::new(),
            status,
        }
    }

    fn json(mut self, body: &Value) -> Self {
        self.headers.push(("content-type", "application/json".to_owned()));
        self.body = body.to_string();
        self
    }

    fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

fn number() -> String {
    format!("/v1/numbers/bland:sms:+1{DIGITS}")
}

fn webhooks() -> String {
    format!("/v1/conversations/twilio:{CONVERSATION}/webhooks")
}

fn hook() -> Value {
    json!({
        "target": { "type": "http", "url": format!("https://hooks.example.com/{LINNET}?to={DIGITS}"), "method": "POST" },
        "events": ["message.keyword_matched"],
        "keywords": [LINNET],
    })
}

/// A provider whose answers are full of what people wrote.
fn provider(seen: &Seen) -> Script {
    let url = format!("https://{LINNET}:{LINNET}@hooks.example.com/?token={LINNET}");
    let body = if seen.line.contains("/sms/numbers") {
        let config = json!({ "webhook": url, "objective": LINNET, "odd": LINNET });
        json!({ "data": [{ "phone_number": format!("+1{DIGITS}"), "sms_config": config }], "errors": null })
    } else if seen.line.contains("/sms/") {
        json!({ "data": { "conversation_id": "c1", "url": url, "payload": { "text": LINNET, "from": DIGITS },
            "created_at": "2026-04-13T20:50:59.233Z", "metadata": [LINNET], "user_id": LINNET }, "errors": null })
    } else {
        let webhook = json!({ "sid": WEBHOOK, "conversation_sid": CONVERSATION, "target": "webhook",
            "configuration": { "url": url, "method": "POST", "filters": ["onMessageAdded", LINNET] }, "x": LINNET });
        if seen.line.starts_with("GET") && !seen.line.contains("/WH") {
            let meta = json!({ "page": 0, "page_size": 5, "key": "webhooks", "next_page_url": null });
            json!({ "meta": meta, "webhooks": [webhook] })
        } else {
            webhook
        }
    };
    let created = seen.line.starts_with("POST /v1/Conversations") && !seen.line.contains("/WH");
    Script::json(if created { 201 } else { 200 }, &body.to_string())
}

/// Every place for a key, right ones and others, on both faces.
fn keys() -> Vec<Ask> {
    let bearer = format!("Bearer {KEY}");
    let basic = format!("Basic {}", BASE64.encode(format!("x:{KEY}").as_bytes()));
    let (both, native, neither): (&[u16], &[u16], &[u16]) = (&[200, 200], &[401, 200], &[401, 401]);
    let rows = [
        (vec![("x-api-key", KEY)], both),
        (vec![("authorization", bearer.as_str())], both),
        (
            vec![
                ("authorization", bearer.as_str()),
                ("cookie", KEY),
                ("proxy-authorization", KEY),
            ],
            both,
        ),
        (vec![("authorization", basic.as_str())], native),
        (vec![("authorization", KEY)], native),
        (
            vec![("x-api-key", KEY), ("authorization", bearer.as_str())],
            neither,
        ),
        (vec![("x-api-key", CANARY)], neither),
    ];
    let faces = [number(), "/proxy/bland/v1/sms/numbers".to_owned()];
    let asks = rows.iter().flat_map(|(headers, statuses)| {
        faces.iter().zip(statuses.iter()).map(|(path, status)| Ask {
            headers: headers
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
            ..Ask::new(Method::GET, path, if *status == 200 { &[200] } else { &[401] })
        })
    });
    asks.collect()
}

fn reads() -> Vec<Ask> {
    let deliveries = "/v1/conversations/bland:c1/webhook-deliveries";
    let paths: [(String, &'static [u16]); 10] = [
        (number(), &[200]),
        (format!("{}?include=raw", number()), &[200]),
        ("/v1/numbers".to_owned(), &[200]),
        (webhooks(), &[200]),
        (format!("{}/{WEBHOOK}", webhooks()), &[200]),
        (deliveries.to_owned(), &[200]),
        (
            format!("/v1/numbers/bland:sms:{LINNET}{DIGITS}"),
            &[400, 404, 422],
        ),
        (format!("/v1/numbers?{LINNET}={DIGITS}"), &[400, 422]),
        (
            format!("/v1/numbers?cursor={LINNET}&agent_number=%2B1{DIGITS}"),
            &[400, 422],
        ),
        (format!("/{LINNET}/{DIGITS}"), &[404]),
    ];
    paths
        .into_iter()
        .map(|(path, status)| Ask::new(Method::GET, path, status))
        .collect()
}

/// Good writes, and each of them with a mark in the place of each of its values.
fn writes() -> Vec<Ask> {
    let rows = [
        (Method::POST, webhooks(), hook()),
        (Method::PATCH, format!("{}/{WEBHOOK}", webhooks()), hook()),
        (
            Method::PUT,
            format!("{}/webhook", number()),
            json!({ "target": hook()["target"] }),
        ),
    ];
    let mut asks = Vec::new();
    for (method, path, body) in rows {
        let ask = |body: &Value, status| Ask::new(method.clone(), &path, status).json(body);
        asks.push(ask(&body, &[200, 201, 422]));
        for pointer in pointers(&body) {
            for wrong in [json!(LINNET), json!({ LINNET: [DIGITS] })] {
                let mut body = body.clone();
                *body.pointer_mut(&pointer).unwrap() = wrong;
                asks.push(ask(&body, &[200, 201, 422]));
            }
        }
        let mut unknown = body.clone();
        unknown[LINNET] = json!(DIGITS);
        asks.push(ask(&unknown, &[422]));
        let mut unreadable = ask(&body, &[400]);
        unreadable.body = format!("{{\"{LINNET}\": \"{DIGITS}");
        asks.push(unreadable);
    }
    asks.push(Ask::new(
        Method::DELETE,
        format!("{}/{WEBHOOK}", webhooks()),
        &[204, 200],
    ));
    asks
}

fn pointers(value: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| (at.to_string(), item))
            .collect(),
        _ => Vec::new(),
    };
    let below = inner.into_iter().flat_map(|(name, value)| {
        let below = pointers(value);
        below.into_iter().map(move |pointer| format!("/{name}{pointer}"))
    });
    std::iter::once(String::new()).chain(below).collect()
}

/// Made once, replayed, and refused with another body.
fn repeated() -> Vec<Ask> {
    let ask = |body: &Value, status| {
        Ask::new(Method::POST, webhooks(), status)
            .json(body)
            .header("idempotency-key", LINNET)
    };
    let mut other = hook();
    other["keywords"] = json!([LINNET, DIGITS]);
    vec![
        ask(&hook(), &[201]),
        ask(&hook(), &[201]),
        ask(&other, &[409, 422]),
    ]
}

fn passed_through() -> Vec<Ask> {
    let form = format!("Body={LINNET}&To=%2B1{DIGITS}");
    let path = format!("/proxy/twilio/v1/Services/{LINNET}?To={DIGITS}&Token={LINNET}");
    let send = |method: Method| {
        let mut ask =
            Ask::new(method, &path, &[200, 201]).header("content-type", "application/x-www-form-urlencoded");
        ask.body.clone_from(&form);
        ask.header("x-forwarded-for", LINNET)
            .header("forwarded", LINNET)
            .header("cookie", KEY)
    };
    [Method::POST, Method::PUT, Method::DELETE]
        .into_iter()
        .map(send)
        .chain([Ask::new(Method::GET, &path, &[200])])
        .collect()
}

async fn run(send: impl AsyncFn(&Ask) -> Answer) {
    for (feature, asks) in [
        ("keys", keys()),
        ("reads", reads()),
        ("writes", writes()),
        ("repeated", repeated()),
        ("passed through", passed_through()),
    ] {
        for ask in asks {
            let answer = send(&ask).await;
            let what = format!(
                "{feature}: {} {} {:?} {}",
                ask.method, ask.path, ask.headers, ask.body
            );
            assert!(ask.status.contains(&answer.status), "{what}: {answer:?}");
            assert_no_credential(&what, &answer);
        }
    }
}

/// Over a plain connection.
async fn plainly(api: Client, ask: &Ask) -> Answer {
    let request = Request::builder()
        .method(ask.method.clone())
        .uri(&ask.path)
        .header("host", api.0.to_string());
    let request = ask
        .headers
        .iter()
        .fold(request, |request, (name, value)| request.header(*name, value));
    api.request(request.body(ask.body.clone().into()).unwrap()).await
}

/// And what would be done with it, which shows no more than was asked for.
async fn explained(canary: &Canary, ask: &Ask) {
    let mut question = json!({ "method": ask.method.as_str(), "path": ask.path, "client": "tester" });
    if let Ok(body) = serde_json::from_str::<Value>(&ask.body) {
        question["body"] = body;
    }
    let text = question.to_string();
    let key = [("x-api-key", KEY)];
    for answer in [
        canary.admin.json(Method::POST, "/explain", &[], &question).await,
        canary
            .api
            .json(Method::POST, "/v1/explain", &key, &question)
            .await,
    ] {
        assert_eq!(answer.status, 200, "{text}: {answer:?}");
        assert_no_credential(&text, &answer);
        if ![LINNET, DIGITS].iter().any(|mark| text.contains(mark)) {
            assert_unseen(&text, &String::from_utf8_lossy(&answer.body));
        }
    }
}

/// What operators are told of all that.
async fn told(canary: &Canary) {
    for path in ["/v1/overview", "/v1/drift"] {
        let answer = canary.api.send(Method::GET, path, &[("x-api-key", KEY)]).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_unseen(path, &String::from_utf8_lossy(&answer.body));
    }
}

/// The marks have reached the provider, whom they are for.
fn assert_arrived(upstream: &Upstream) {
    let seen = upstream.seen();
    let basic = BASE64.encode(format!("{CANARY}-of-TEST_USER:{CANARY}-of-TEST_PASSWORD").as_bytes());
    for credential in [format!("Basic {basic}"), format!("{CANARY}-of-TEST_KEY")] {
        assert!(
            seen.iter().any(|seen| seen.header("authorization") == credential),
            "{credential}"
        );
    }
    assert!(
        seen.iter()
            .any(|seen| String::from_utf8_lossy(&seen.body).contains(DIGITS))
    );
    assert!(seen.iter().all(|seen| !format!("{seen:?}").contains(KEY)));
}

const TOLD: [&str; 5] = [
    "call{connection=bland",
    "}:attempt",
    "client=\"tester\"",
    "outcome=\"done\"",
    "code=\"unauthenticated\"",
];

#[tokio::test]
async fn by_http_1() {
    let upstream = Upstream::scripted(|_, seen| provider(seen)).await;
    let canary = Canary::start(tempfile::tempdir().unwrap(), "", "", upstream.address);
    run(async |ask| {
        let answer = plainly(canary.api, ask).await;
        explained(&canary, ask).await;
        answer
    })
    .await;
    assert_arrived(&upstream);
    told(&canary).await;
    canary.end(&TOLD, &[]).await;
}

/// What others can read there is sealed, and the password of the store is a secret like any other.
#[tokio::test]
async fn by_a_replica_that_shares() {
    let password = format!("{CANARY}-of-the-store");
    let store = Server::start_with(&["--requirepass", &password]);
    let url = store.url().replace("//", &format!("//:{password}@"));
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "store", &url);
    let upstream = Upstream::scripted(|_, seen| provider(seen)).await;
    let section = "[store]\nredis = \"file:store\"";
    let canary = Canary::start(folder, section, "", upstream.address);
    let api = canary.api;
    run(async |ask| plainly(api, ask).await).await;
    assert_arrived(&upstream);
    let operator = Operator::at(&url);
    for kind in ["cache", "idempotency"] {
        assert!(!operator.keys(kind).await.is_empty(), "{kind}");
    }
    let all = operator.everything().await;
    assert_unseen("the store", &String::from_utf8_lossy(&all));
    drop(store);
    // Once more without it.
    run(async |ask| plainly(api, ask).await).await;
    canary.end(&TOLD, &[]).await;
}

#[tokio::test]
async fn by_tls_and_http_2() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("servers");
    authority.server(2100).write(folder.path());
    let tls = section(folder.path(), false);
    let upstream = Upstream::scripted(|_, seen| provider(seen)).await;
    let canary = Canary::start(folder, &tls, "", upstream.address);
    let http2 = Secure::at(canary.api.0, &authority).http2().await;
    run(async |ask| {
        let headers: Vec<_> = ask
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        http2
            .clone()
            .send(ask.method.clone(), &ask.path, &headers, ask.body.clone())
            .await
    })
    .await;
    assert_arrived(&upstream);
    canary.end(&TOLD, &[]).await;
}

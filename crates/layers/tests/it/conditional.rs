//! The head of an answer, its forms, and conditional requests, over the cache.

use std::io::Read;
use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::BodyExt;
use layers::around::Around;
use layers::conditional::ConditionalLayer;
use layers::request_id::RequestId;
use layers::{Answer, Body, Context, Draft, NO_STORE, Response, StaleTail};
use model::{Code, Error};
use tower::{Layer, ServiceExt};

use super::cache_rig::{Call, Rig, Step, later};

const LONG: &str = r#"{"id":"bland:sms:+15550000000","label":"a line that repeats"}"#;

struct Seen {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
    context: Arc<Context>,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn try_send(
    rig: &Rig,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
) -> (Result<Response, Error>, Arc<Context>) {
    let mut request = http::Request::new(Body::empty());
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap();
    for (name, value) in headers {
        let name = header::HeaderName::from_bytes(name.as_bytes()).unwrap();
        request.headers_mut().append(name, value.parse().unwrap());
    }
    request.extensions_mut().insert(rig.keys.clone());
    let ids = RequestId::new(std::time::Duration::from_secs(30));
    let begun = Around::<_, Response, Error>::before(&ids, &mut request);
    assert!(begun.is_ok());
    let context = Context::of(request.extensions()).cloned().unwrap();
    let service = ConditionalLayer::<Call>::new().layer(rig.service());
    (service.oneshot(request).await, context)
}

async fn send(rig: &Rig, method: Method, path: &str, headers: &[(&str, &str)]) -> Seen {
    let (response, context) = try_send(rig, method, path, headers).await;
    let (head, body) = response.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Seen {
        status: head.status,
        headers: head.headers,
        body,
        context,
    }
}

async fn get(rig: &Rig, headers: &[(&str, &str)]) -> Seen {
    send(rig, Method::GET, "/a", headers).await
}

fn long() -> Draft {
    Draft::json(LONG.repeat(100))
}

fn rig(draft: Draft) -> Rig {
    let rig = Rig::new();
    rig.script.will(Step::Answer(draft));
    rig
}

#[tokio::test(start_paused = true)]
async fn an_answer_has_its_whole_head() {
    let link = (
        header::LINK,
        "</v1/numbers?cursor=x>; rel=\"next\"".parse().unwrap(),
    );
    let rig = rig(Draft {
        headers: vec![link],
        ..Draft::json("{}")
    });
    let miss = get(&rig, &[]).await;
    assert_eq!((miss.status, miss.body.as_slice()), (StatusCode::OK, &b"{}"[..]));
    // The beginning of SHA-256 of `{}`.
    assert_eq!(miss.header("etag"), "\"44136fa355b3678a1146ad16f7e8649e\"");
    assert_eq!(miss.header("cache-control"), "private, no-cache");
    assert_eq!(
        miss.header("vary"),
        "Authorization, X-Api-Key, Origin, Accept-Encoding"
    );
    assert_eq!(miss.header("content-type"), "application/json");
    assert_eq!(miss.header("content-length"), "2");
    assert_eq!(miss.header("link"), "</v1/numbers?cursor=x>; rel=\"next\"");
    assert_eq!(miss.header("cache-status"), "switchboard; fwd=uri-miss; stored");
    assert_eq!(
        miss.header("server-timing"),
        "gateway;dur=0.000, provider;dur=100.000"
    );
    assert_eq!(miss.headers.get("age"), None);
    assert_eq!(miss.context.cache.get(), Some(&"miss"));
    later(3.0).await;
    let hit = get(&rig, &[]).await;
    assert_eq!(
        (hit.header("age"), hit.header("cache-status")),
        ("3", "switchboard; hit; ttl=7")
    );
    assert_eq!(
        hit.header("server-timing"),
        "gateway;dur=0.000, provider;dur=0.000"
    );
    assert_eq!(hit.context.cache.get(), Some(&"hit"));
    assert_eq!((&hit.body, hit.header("etag")), (&miss.body, miss.header("etag")));
}

#[tokio::test(start_paused = true)]
async fn head_shares_the_entry_and_says_what_get_says() {
    let rig = rig(long());
    let head = send(&rig, Method::HEAD, "/a", &[]).await;
    let get = get(&rig, &[]).await;
    assert_eq!(rig.script.calls(), 1);
    assert!(head.body.is_empty() && !get.body.is_empty());
    assert_eq!(head.header("content-length"), get.body.len().to_string());
    for name in ["etag", "content-type", "content-length", "vary", "cache-control"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_compressed_form_has_the_same_bytes_inside_and_its_own_tag() {
    let rig = rig(long());
    let plain = get(&rig, &[]).await;
    let packed = get(&rig, &[("accept-encoding", "br, gzip;q=0.5")]).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_eq!(packed.header("content-length"), packed.body.len().to_string());
    assert!(packed.body.len() * 2 <= plain.body.len());
    assert_eq!(
        packed.header("etag"),
        format!("{}-gzip\"", plain.header("etag").trim_end_matches('"'))
    );
    let mut inside = Vec::new();
    flate2::read::GzDecoder::new(&*packed.body)
        .read_to_end(&mut inside)
        .unwrap();
    assert_eq!(inside, plain.body);
    let head = send(&rig, Method::HEAD, "/a", &[("accept-encoding", "gzip")]).await;
    assert_eq!(head.header("content-length"), packed.header("content-length"));
    assert!(head.body.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_does_not_shrink_stays_plain() {
    let dull = rig(Draft::json("x".repeat(1000)));
    let seen = get(&dull, &[("accept-encoding", "gzip")]).await;
    assert_eq!(seen.header("content-encoding"), "", "too short to be worth it");
    let short = rig(Draft::json(LONG));
    let seen = get(&short, &[("accept-encoding", "gzip")]).await;
    assert_eq!(
        (seen.header("content-encoding"), seen.body.as_slice()),
        ("", LONG.as_bytes())
    );
    let mut state = 1_u64;
    let noise: String = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(33 + u8::try_from((state >> 33) % 90).unwrap())
    })
    .take(4096)
    .collect();
    let dense = rig(Draft::json(noise));
    assert_eq!(
        get(&dense, &[("accept-encoding", "gzip")])
            .await
            .header("content-encoding"),
        ""
    );
}

#[tokio::test(start_paused = true)]
async fn each_form_is_revalidated_by_its_own_tag_without_a_call() {
    let rig = rig(long());
    let gzip = ("accept-encoding", "gzip");
    let plain = get(&rig, &[]).await.header("etag").to_owned();
    let packed = get(&rig, &[gzip]).await.header("etag").to_owned();
    for (tag, coding, status, etag) in [
        (&*plain, None, 304, &*plain),
        (&*packed, Some(gzip), 304, &*packed),
        (&*plain, Some(gzip), 304, &*plain),
        (&*packed, None, 200, &*plain),
        ("*", None, 304, &*plain),
        ("*", Some(gzip), 304, &*packed),
        (&*format!("\"other\", W/{plain}"), None, 304, &*plain),
        ("\"other\"", None, 200, &*plain),
    ] {
        let headers: Vec<_> = [Some(("if-none-match", tag)), coding]
            .into_iter()
            .flatten()
            .collect();
        for method in [Method::GET, Method::HEAD] {
            let seen = send(&rig, method, "/a", &headers).await;
            assert_eq!(
                (seen.status.as_u16(), seen.header("etag")),
                (status, etag),
                "{headers:?}"
            );
            if status == 304 {
                assert!(seen.body.is_empty());
                assert_eq!(seen.headers.get("content-length"), None);
                assert_eq!(seen.header("cache-control"), "private, no-cache");
                assert_eq!(
                    seen.header("vary"),
                    "Authorization, X-Api-Key, Origin, Accept-Encoding"
                );
                assert_eq!(seen.header("cache-status"), "switchboard; hit; ttl=10");
            }
        }
    }
    let lines = [("if-none-match", "\"other\""), ("if-none-match", &*plain)];
    assert_eq!(
        get(&rig, &lines).await.status,
        304,
        "the list may have several lines"
    );
    assert_eq!(rig.script.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn if_match_on_a_read_holds_for_every_form_or_fails() {
    let rig = rig(long());
    let tag = get(&rig, &[]).await.header("etag").replace('"', "");
    for holds in [
        format!("\"{tag}\""),
        format!("\"x\", \"{tag}-gzip\""),
        format!("\"{tag}-raw\""),
        "*".into(),
    ] {
        assert_eq!(get(&rig, &[("if-match", &holds)]).await.status, 200, "{holds}");
    }
    for fails in [
        "\"x\"".to_owned(),
        format!("W/\"{tag}\""),
        format!("\"{tag}x\""),
        String::new(),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let (refused, _) = try_send(&rig, method, "/a", &[("if-match", &fails)]).await;
            assert_eq!(refused.unwrap_err().code(), Code::PreconditionFailed, "{fails}");
        }
    }
    // First this one, then the other.
    let both = [("if-match", "\"x\""), ("if-none-match", "*")];
    assert!(try_send(&rig, Method::GET, "/a", &both).await.0.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_write_is_not_conditional_here() {
    let rig = Rig::new();
    for (method, status) in [
        (Method::POST, StatusCode::CREATED),
        (Method::PATCH, StatusCode::OK),
        (Method::DELETE, StatusCode::NO_CONTENT),
    ] {
        rig.script.will(Step::Answer(Draft {
            status,
            cacheable: false,
            ..Draft::json("")
        }));
        let both = [("if-match", "\"x\""), ("if-none-match", "*")];
        let seen = send(&rig, method, "/local", &both).await;
        assert_eq!(seen.status, status);
        for name in ["content-length", "content-type", "etag"] {
            assert_eq!(seen.headers.contains_key(name), status != StatusCode::NO_CONTENT);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_resource_itself_is_conditional() {
    let rig = Rig::new();
    for headers in [("if-none-match", "*"), ("if-match", "\"x\"")] {
        rig.script.will(Step::Answer(Draft {
            status: StatusCode::SEE_OTHER,
            ..Draft::json("")
        }));
        assert_eq!(
            send(&rig, Method::GET, "/local", &[headers]).await.status,
            StatusCode::SEE_OTHER
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_our_own_has_validators_but_no_cache_status() {
    let rig = Rig::new();
    let seen = send(&rig, Method::GET, "/local", &[]).await;
    assert_eq!(seen.headers.get("cache-status"), None);
    assert_eq!(seen.context.cache.get(), None);
    rig.script.will(Step::Answer(Draft::json("1")));
    let again = send(
        &rig,
        Method::GET,
        "/local",
        &[("if-none-match", seen.header("etag"))],
    )
    .await;
    assert_eq!(again.status, 304);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_call_is_refused() {
    let (refused, _) = try_send(&Rig::new(), Method::GET, "/broken", &[]).await;
    assert_eq!(refused.unwrap_err().code(), Code::InvalidRequest);
}

#[tokio::test(start_paused = true)]
async fn a_body_with_raw_is_tagged_by_its_neutral_part() {
    let neutral = Answer::from(Draft::json("{}"));
    let draft = Draft {
        neutral: Some("{}".into()),
        cache_control: NO_STORE,
        ..Draft::json(LONG.repeat(100))
    };
    let rig = rig(draft);
    let seen = get(&rig, &[("accept-encoding", "gzip")]).await;
    assert_eq!(seen.header("etag"), format!("\"{}-raw-gzip\"", neutral.tag()));
    assert_eq!(seen.header("cache-control"), "private, no-store");
    assert_eq!(
        get(&rig, &[]).await.header("etag"),
        format!("\"{}-raw\"", neutral.tag())
    );
    let plain = format!("\"{}\"", neutral.tag());
    assert_eq!(
        get(&rig, &[("if-none-match", &plain)]).await.status,
        200,
        "another body"
    );
    assert_eq!(
        get(&rig, &[("if-match", &plain)]).await.status,
        200,
        "the same state"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stale_answer_has_its_own_tag() {
    let tail = StaleTail {
        at: LONG.len(),
        bytes: "stale".into(),
    };
    let rig = rig(Draft {
        stale: Some(tail),
        ..long()
    });
    let fresh = get(&rig, &[]).await;
    later(12.0).await;
    let held = [("if-none-match", fresh.header("etag"))];
    let stale = get(&rig, &held).await;
    assert_eq!(stale.status, 200);
    assert_eq!(stale.body, format!("{LONG}stale").into_bytes());
    assert_eq!(stale.header("content-length"), stale.body.len().to_string());
    assert_ne!(stale.header("etag"), fresh.header("etag"));
    assert_eq!(
        (stale.header("age"), stale.context.cache.get()),
        ("12", Some(&"stale"))
    );
    let again = get(&rig, &[("if-none-match", stale.header("etag"))]).await;
    assert_eq!(again.status, 304);
}

#[test]
fn equal_bodies_have_equal_tags_and_weights_count_what_may_come() {
    let tag = |body: &str| Answer::from(Draft::json(body.to_owned())).tag().to_owned();
    assert_eq!(tag("a"), tag("a"));
    assert_ne!(tag("a"), tag("b"));
    let weight = |draft: Draft| Answer::from(draft).weight();
    let body = LONG.len() * 100;
    assert!(weight(Draft::json("")) < 1024);
    assert!(weight(long()) >= body + body / 2);
    let tail = StaleTail {
        at: body - 1,
        bytes: "s".into(),
    };
    assert!(
        weight(Draft {
            stale: Some(tail),
            ..long()
        }) >= 3 * body
    );
}

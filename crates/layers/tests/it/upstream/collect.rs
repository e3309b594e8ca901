use std::borrow::Cow;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use flate2::write::{GzEncoder, ZlibEncoder};
use flate2::{Compression, GzBuilder};
use http::{HeaderMap, Method, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use layers::BoxError;
use layers::upstream::{CollectLayer, CollectSettings, WireFailure};
use model::{Body, Code, Path, UpstreamRequest};
use proptest::prelude::*;
use tower::Layer;
use tower_service::Service;

use super::*;

const LIMIT: usize = 64 * 1024;

fn settings(classify: fn(&BoxError) -> WireFailure) -> CollectSettings {
    CollectSettings {
        base_url: "https://api.example.com/base".into(),
        user_agent: HeaderValue::from_static("switchboard/1.2.3"),
        max_response: LIMIT,
        classify,
    }
}

/// What happens with these frames, the last of which may be a failure.
async fn receive(
    headers: &[(&'static str, &'static str)],
    frames: Vec<std::result::Result<Bytes, BoxError>>,
) -> Result {
    let taken = Arc::new(AtomicUsize::new(0));
    receive_counting(headers, frames, &taken).await
}

async fn receive_counting(
    headers: &[(&'static str, &'static str)],
    frames: Vec<std::result::Result<Bytes, BoxError>>,
    taken: &Arc<AtomicUsize>,
) -> Result {
    let taken = Arc::clone(taken);
    let frames = frames.into_iter().inspect(move |_| {
        taken.fetch_add(1, Ordering::Relaxed);
    });
    let stream = futures_util::stream::iter(frames.map(|frame| frame.map(Frame::data)));
    let mut response = Response::new(StreamBody::new(stream));
    for (name, value) in headers {
        response
            .headers_mut()
            .append(*name, HeaderValue::from_static(value));
    }
    let slot = Arc::new(Mutex::new(Some(response)));
    let wire = tower::service_fn(move |_: Request<layers::Body>| {
        let response = slot.lock().unwrap().take().unwrap();
        async { Ok::<_, BoxError>(response) }
    });
    CollectLayer::new(settings(|_| WireFailure::Closed))
        .layer(wire)
        .call(get())
        .await
}

/// What is sent for a request.
async fn sent(request: UpstreamRequest) -> (http::request::Parts, Bytes) {
    let seen = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&seen);
    let wire = tower::service_fn(move |request: Request<layers::Body>| {
        *keep.lock().unwrap() = Some(request);
        async { Ok::<_, BoxError>(Response::new(Full::new(Bytes::new()))) }
    });
    let call = UpstreamCall {
        request: Arc::new(request),
        ..get()
    };
    let mut service = CollectLayer::new(settings(|_| WireFailure::Closed)).layer(wire);
    service.call(call).await.unwrap();
    let (head, body) = seen.lock().unwrap().take().unwrap().into_parts();
    (head, body.collect().await.unwrap().to_bytes())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn in_frames(bytes: &[u8], size: usize) -> Vec<std::result::Result<Bytes, BoxError>> {
    bytes
        .chunks(size)
        .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
        .collect()
}

fn word(result: &Result) -> Option<&'static str> {
    result.as_ref().unwrap_err().proxy_word()
}

#[tokio::test(start_paused = true)]
async fn a_get_is_sent_as_it_was_meant() {
    let request = UpstreamRequest::get(Path::of(["v1", "a b/c"]))
        .query("From", "+1 555")
        .query("From", "a&b=c");
    let (head, body) = sent(request).await;
    assert_eq!(
        head.uri,
        "https://api.example.com/base/v1/a%20b%2Fc?From=%2B1+555&From=a%26b%3Dc"
    );
    let mut expected = HeaderMap::new();
    expected.insert("accept", HeaderValue::from_static("application/json"));
    expected.insert("accept-encoding", HeaderValue::from_static("gzip"));
    expected.insert("user-agent", HeaderValue::from_static("switchboard/1.2.3"));
    assert_eq!(
        (head.method, head.headers, body.len()),
        (Method::GET, expected, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn bodies_are_sent_with_type_and_length() {
    let form = vec![
        (Cow::Borrowed("Filters"), "onMessageAdded".to_owned()),
        (Cow::Borrowed("Filters"), "x&y é".to_owned()),
    ];
    let cases: [(Body, Option<&str>, &[u8]); 3] = [
        (
            Body::Form(form),
            Some("application/x-www-form-urlencoded"),
            b"Filters=onMessageAdded&Filters=x%26y+%C3%A9",
        ),
        (
            Body::Json(Bytes::from_static(b"{\"a\":1}")),
            Some("application/json"),
            b"{\"a\":1}",
        ),
        (Body::Empty, None, b""),
    ];
    for (body, content_type, expected) in cases {
        let mut request = UpstreamRequest::get(Path::of(["v1"]));
        (request.method, request.body) = (Method::POST, body);
        let (head, body) = sent(request).await;
        assert_eq!(body, expected);
        let header = |name| {
            head.headers
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(header("content-type").as_deref(), content_type);
        assert_eq!(header("content-length"), Some(expected.len().to_string()));
    }
}

#[tokio::test(start_paused = true)]
async fn every_failure_has_its_word_and_only_the_unsent_are_unsent() {
    use WireFailure as W;
    type Classify = fn(&BoxError) -> WireFailure;
    let cases: [(Classify, &str, bool, bool); 8] = [
        (|_| W::Dns, "dns_error", true, true),
        (|_| W::Refused, "connection_refused", true, true),
        (|_| W::ConnectTimeout, "connection_timeout", true, true),
        (|_| W::Unreachable, "destination_unavailable", true, true),
        (|_| W::Tls, "tls_protocol_error", true, true),
        (|_| W::Certificate, "tls_certificate_error", true, false),
        (|_| W::Closed, "connection_terminated", false, true),
        (|_| W::Protocol, "http_protocol_error", false, false),
    ];
    for (classify, expected, unsent, retryable) in cases {
        let wire = tower::service_fn(|_: Request<layers::Body>| async {
            Err::<Response<Full<Bytes>>, _>(BoxError::from("connect to 10.1.2.3:443 failed"))
        });
        let result = CollectLayer::new(settings(classify))
            .layer(wire)
            .call(get())
            .await;
        assert_eq!(word(&result), Some(expected));
        let error = result.unwrap_err();
        assert_eq!(
            (error.is_unsent(), error.is_retryable()),
            (unsent, retryable),
            "{expected}"
        );
        assert_eq!(error.cause(), Some("connect to 10.1.2.3:443 failed"));
        assert!(!error.to_string().contains("10.1.2.3"));
    }
}

#[tokio::test(start_paused = true)]
async fn bodies_arrive_whole_in_any_coding() {
    let text = br#"{"webhooks":[{"sid":"WH1"}]}"#;
    for size in [1, 7, 1024] {
        for coding in [None, Some("identity"), Some("gzip"), Some(" X-GZip ")] {
            let compressed = coding.is_some_and(|coding| coding.to_lowercase().contains("gzip"));
            let wire = if compressed { gzip(text) } else { text.to_vec() };
            let headers: Vec<_> = coding
                .map(|coding| ("content-encoding", coding))
                .into_iter()
                .collect();
            let answer = receive(&headers, in_frames(&wire, size)).await.unwrap();
            assert_eq!(answer.body, text.as_slice());
            assert_eq!(answer.header("content-encoding"), None);
        }
    }
    let empty = receive(&[("content-encoding", "gzip"), ("retry-after", "3")], vec![])
        .await
        .unwrap();
    assert_eq!((empty.body.len(), empty.header("retry-after")), (0, Some("3")));
}

#[tokio::test(start_paused = true)]
async fn a_gzip_bomb_is_cut_at_the_limit() {
    let bomb = gzip(&vec![0; 16 << 20]);
    assert!(bomb.len() < LIMIT, "its own size does not give it away");
    let taken = Arc::new(AtomicUsize::new(0));
    let frames = in_frames(&bomb, 512);
    let result = receive_counting(&[("content-encoding", "gzip")], frames, &taken).await;
    assert_eq!(code(&result), Some(Code::ProviderProtocolError));
    assert_eq!(word(&result), Some("http_response_body_size"));
    assert!(!result.unwrap_err().is_retryable());
    // 512 bytes of it make half a mebibyte.
    assert_eq!(taken.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn an_endless_body_is_cut_at_the_limit() {
    let taken = Arc::new(AtomicUsize::new(0));
    let frames = (0..1000).map(|_| Ok(Bytes::from_static(&[b' '; 1024]))).collect();
    let result = receive_counting(&[], frames, &taken).await;
    assert_eq!(word(&result), Some("http_response_body_size"));
    assert_eq!(taken.load(Ordering::Relaxed), 65);

    let whole = (0..64).map(|_| Ok(Bytes::from_static(&[b' '; 1024]))).collect();
    assert_eq!(receive(&[], whole).await.unwrap().body.len(), LIMIT);
}

#[tokio::test(start_paused = true)]
async fn what_comes_compressed_is_limited_too() {
    let mut encoder = GzBuilder::new()
        .comment(vec![b'x'; LIMIT])
        .write(Vec::new(), Compression::fast());
    encoder.write_all(b"{}").unwrap();
    let frames = in_frames(&encoder.finish().unwrap(), 1024);
    let result = receive(&[("content-encoding", "gzip")], frames).await;
    assert_eq!(word(&result), Some("http_response_body_size"));
}

#[tokio::test(start_paused = true)]
async fn a_length_is_not_believed() {
    for length in ["0", "99999999999999999", "-1", "many"] {
        let answer = receive(&[("content-length", length)], in_frames(b"{}", 1))
            .await
            .unwrap();
        assert_eq!(
            (answer.body.as_ref(), answer.header("content-length")),
            (b"{}".as_slice(), None)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_cut_off_may_be_asked_for_again() {
    let mut frames = in_frames(b"{\"webhooks\":[", 4);
    frames.push(Err("connection reset by 10.1.2.3".into()));
    let result = receive(&[], frames).await;
    assert_eq!(code(&result), Some(Code::ProviderProtocolError));
    assert_eq!(word(&result), Some("http_response_incomplete"));
    let error = result.unwrap_err();
    assert!(error.is_retryable() && !error.is_unsent());
    assert!(!error.detail().contains("10.1.2.3"));
    assert_eq!(error.cause(), Some("connection reset by 10.1.2.3"));
}

#[tokio::test(start_paused = true)]
async fn broken_and_unknown_codings_are_faults() {
    let whole = gzip(&[b'x'; 1000]);
    let cut = &whole[..whole.len() - 3];
    let mut flipped = whole.clone();
    let last = flipped.len() - 6;
    flipped[last] ^= 1;
    let trailing = [whole.as_slice(), b"more"].concat();
    for wire in [cut, &flipped, &trailing, b"{}"] {
        for size in [1, 4096] {
            let result = receive(&[("content-encoding", "gzip")], in_frames(wire, size)).await;
            assert_eq!(word(&result), Some("http_response_content_coding"));
        }
    }
    let mut deflate = ZlibEncoder::new(Vec::new(), Compression::fast());
    deflate.write_all(b"{}").unwrap();
    let deflate = deflate.finish().unwrap();
    for coding in ["deflate", "br", "gzip, gzip", "zstd"] {
        let result = receive(&[("content-encoding", coding)], in_frames(&deflate, 4)).await;
        assert_eq!(code(&result), Some(Code::ProviderProtocolError), "{coding}");
        assert_eq!(word(&result), Some("http_response_content_coding"));
    }
    let twice = [("content-encoding", "gzip"), ("content-encoding", "br")];
    assert_eq!(
        word(&receive(&twice, in_frames(&whole, 64)).await),
        Some("http_response_content_coding")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    /// Any bytes in any frames either arrive as they were or are refused; what is damaged never arrives.
    #[test]
    fn what_arrives_is_what_was_sent(
        bytes in prop::collection::vec(any::<u8>(), 0..2000),
        size in 1_usize..600,
        damage in prop::option::of((any::<prop::sample::Index>(), 1_u8..)),
    ) {
        let mut wire = gzip(&bytes);
        if let Some((at, bits)) = damage {
            // Past the header, whose time and system nobody checks.
            let at = 10 + at.index(wire.len() - 10);
            wire[at] ^= bits;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let result = runtime.block_on(receive(&[("content-encoding", "gzip")], in_frames(&wire, size)));
        match result {
            Ok(answer) => prop_assert_eq!(answer.body, bytes),
            Err(_) => prop_assert!(damage.is_some()),
        }
    }
}

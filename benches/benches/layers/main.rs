//! Single layers of the client stack, each around a service that answers at once; and a problem that is rendered. What
//! a layer costs is the difference to `nothing`.
#![expect(clippy::expect_used, reason = "a benchmark that cannot run should end")]

mod call;

use std::hint::black_box;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use criterion::{BatchSize, Criterion};
use futures_util::FutureExt;
use http::HeaderValue;
use layers::around::{Around, AroundLayer};
use layers::authenticate::{Attempts, Authenticate, Clients, Key};
use layers::cache::{Cache, Settings};
use layers::client_limit::{ClientLimit, Limit};
use layers::conditional::ConditionalLayer;
use layers::request_id::RequestId;
use layers::{Body, Client, Connections, Context, Permissions, Rate, Request, Response};
use model::{Code, Error, Origin};
use switchboard::problem;
use tokio_util::task::TaskTracker;
use tower::{Layer, Service, service_fn};

use crate::call::{Call, Observer, Source};

/// The program's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TIMEOUT: Duration = Duration::from_secs(15);
const MANY: u32 = 1000;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let nothing =
        || service_fn(|_: Request| std::future::ready(Ok::<_, Error>(Response::new(Body::empty()))));
    measure(&mut criterion, "nothing", nothing(), &[]);
    let begun = AroundLayer(RequestId::new(TIMEOUT)).layer(nothing());
    measure(&mut criterion, "request id", begun, &[]);
    for clients in [1, MANY] {
        let name = format!("authenticate, {clients} clients");
        let last = key(clients - 1);
        let service = authenticate(clients).layer(nothing());
        measure(&mut criterion, &name, service, &[("x-api-key", &last)]);
    }
    let service = AroundLayer(limit()).layer(nothing());
    measure(&mut criterion, "client limit", service, &[]);
    kept(&mut criterion);
    problem(&mut criterion);
    criterion.final_summary();
}

/// A hit, with the body and as 304: the cache answers nobody else than the layer of conditional requests.
fn kept(criterion: &mut Criterion) {
    let settings = Settings {
        max_bytes: 64 << 20,
        max_fills: 64,
    };
    let cache = Cache::new(settings, TaskTracker::new(), Arc::new(Observer));
    let service = ConditionalLayer::<Call>::new().layer(cache.layer().layer(Source));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let runtime = runtime.expect("a runtime");
    // The layer measures time with its clock, and fills on it.
    let _entered = runtime.handle().enter();
    let filled = runtime.block_on(service.clone().call(request(&[])));
    let tag = filled.expect("an answer").headers().get("etag").cloned();
    let tag = tag.expect("an answer with a tag");
    let tag = tag.to_str().expect("a tag in ASCII");
    measure(criterion, "cache and conditional, hit", service.clone(), &[]);
    measure(
        criterion,
        "cache and conditional, 304",
        service,
        &[("if-none-match", tag)],
    );
}

fn problem(criterion: &mut Criterion) {
    let error = Error::new(
        Code::RateLimited,
        Origin::Gateway,
        "Client `bench` has used up its rate limit.",
    );
    let request = request(&[]);
    let context = Context::of(request.extensions()).expect("a context");
    criterion.bench_function("problem", |bencher| {
        bencher.iter(|| problem::render(black_box(&error), context, "/v1/conversations"));
    });
}

/// One call of a service that does not wait. The request is made outside the measured time.
fn measure<S>(criterion: &mut Criterion, name: &str, mut service: S, headers: &[(&'static str, &str)])
where
    S: Service<Request, Response = Response, Error = Error>,
{
    criterion.bench_function(name, |bencher| {
        bencher.iter_batched(
            || request(headers),
            |request| {
                let answer = service.call(request).now_or_never();
                answer.expect("an answer at once").expect("an answer")
            },
            BatchSize::SmallInput,
        );
    });
}

/// A request that has passed the layers before: its client is known, unless that is to be found out.
fn request(headers: &[(&'static str, &str)]) -> Request {
    let mut request = http::Request::new(Body::empty());
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).expect("a value");
        request.headers_mut().insert(*name, value);
    }
    let ids = RequestId::new(TIMEOUT);
    let begun = Around::<_, Response, Error>::before(&ids, &mut request);
    assert!(begun.is_ok(), "ids refuse nothing");
    if !headers.iter().any(|(name, _)| *name == "x-api-key") {
        let context = Context::of(request.extensions()).expect("a context");
        context.client.get_or_init(|| client(0));
    }
    request
}

fn client(index: u32) -> Arc<Client> {
    Arc::new(Client {
        name: format!("client-{index}"),
        index,
        permissions: Permissions::ALL,
        connections: Connections::default(),
        subject: None,
    })
}

fn key(index: u32) -> String {
    format!("bench-key-{index}")
}

fn authenticate(clients: u32) -> Authenticate {
    let key = |index| {
        let hash = digest(&SHA256, key(index).as_bytes());
        Key {
            sha256: hash.as_ref().try_into().expect("32 bytes"),
            not_after: None,
            client: client(index),
        }
    };
    Authenticate {
        clients: Clients::Known {
            keys: (0..clients).map(key).collect(),
            tokens: None,
        },
        subjects: Arc::default(),
        native: None,
        attempts: Arc::new(Attempts::default()),
        on_failure: Arc::new(|_| {}),
    }
}

fn limit() -> ClientLimit {
    let much = NonZeroU32::new(1_000_000_000).expect("not zero");
    let limit = Limit {
        client: "client-0".to_owned(),
        rate: Rate {
            requests: much,
            per: Duration::from_secs(1),
            burst: much,
        },
        by_subject: false,
    };
    ClientLimit::new([Some(limit)], None, Arc::new(|_, _| {}))
}

//! The four documented answers of the providers: bytes to neutral resources and neutral resources to bytes.
#![expect(clippy::expect_used, reason = "a benchmark that cannot run should end")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput};
use http::HeaderMap;
use model::{
    Account, Drift, Exchange, NativeId, OptionKind, OptionValue, Page, PageRequest, Progress, Provider,
    Resource, UpstreamResponse,
};
use serde::Serialize;

/// The program's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

macro_rules! documented {
    ($file:literal) => {
        include_bytes!(concat!("../../crates/sandbox/fixtures/", $file))
    };
}

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    twilio(&mut criterion);
    bland(&mut criterion);
    criterion.final_summary();
}

fn twilio(criterion: &mut Criterion) {
    let (twilio, account) = connection("twilio");
    let conversation = id("CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    let list = Codec {
        name: "twilio/webhooks",
        answer: documented!("twilio/documented_webhooks.json"),
        ask: || twilio.list_conversation_webhooks(&account, &conversation, &first_page()),
        items: items_of,
    };
    list.measure(criterion);
    let below_service = id("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    let webhook = id("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    let one = Codec {
        name: "twilio/webhook",
        answer: documented!("twilio/documented_service_webhook.json"),
        ask: || twilio.get_conversation_webhook(&account, &below_service, &webhook),
        items: |webhook| vec![webhook],
    };
    one.measure(criterion);
}

fn bland(criterion: &mut Criterion) {
    let (bland, account) = connection("bland");
    let conversation = id("convo_abc123");
    let log = Codec {
        name: "bland/deliveries",
        answer: documented!("bland/documented_log.json"),
        ask: || bland.list_webhook_deliveries(&account, &conversation, &first_page()),
        items: items_of,
    };
    log.measure(criterion);
    let numbers = Codec {
        name: "bland/numbers",
        answer: documented!("bland/documented_numbers.json"),
        ask: || bland.list_numbers(&account, None, &first_page()),
        items: items_of,
    };
    numbers.measure(criterion);
}

/// An operation, and what the provider answers to its only request.
struct Codec<A, T, R> {
    name: &'static str,
    answer: &'static [u8],
    ask: A,
    items: fn(T) -> Vec<R>,
}

impl<A, T, R> Codec<A, T, R>
where
    A: Fn() -> model::Result<Exchange<T>>,
    R: Resource + Serialize,
{
    /// Both directions by themselves. What goes in is made outside the measured time.
    fn measure(self, criterion: &mut Criterion) {
        let mut group = criterion.benchmark_group(self.name);
        group.throughput(Throughput::Bytes(self.answer.len() as u64));
        group.bench_function("decode", |bencher| {
            bencher.iter_batched(
                || self.answered(),
                |(ask, answer)| read(ask, answer),
                BatchSize::SmallInput,
            );
        });
        let (ask, answer) = self.answered();
        let mut items = (self.items)(read(ask, answer));
        // As the API does for clients that did not ask for the provider's own bytes.
        items.iter_mut().for_each(Resource::take_raw);
        group.throughput(Throughput::Bytes(encode(&items).len() as u64));
        group.bench_function("encode", |bencher| bencher.iter(|| encode(black_box(&items))));
        group.finish();
    }

    fn answered(&self) -> (Exchange<T>, UpstreamResponse) {
        let answer = UpstreamResponse {
            status: 200,
            headers: HeaderMap::new(),
            body: Bytes::from_static(self.answer),
        };
        ((self.ask)().expect("an operation that the provider has"), answer)
    }
}

fn read<T>(exchange: Exchange<T>, answer: UpstreamResponse) -> T {
    match (exchange.read)(answer, &mut Drift::new(exchange.resource)) {
        Ok(Progress::Done(value)) => Some(value),
        _ => None,
    }
    .expect("a documented answer is whole and readable")
}

fn encode<R: Serialize>(items: &[R]) -> String {
    let mut text = String::new();
    model::write(items, &mut text).expect("a resource can be written");
    text
}

fn items_of<R>(page: Page<R>) -> Vec<R> {
    page.items
}

fn first_page() -> PageRequest {
    PageRequest {
        limit: 20,
        token: None,
    }
}

fn id(text: &str) -> NativeId {
    text.parse().expect("an id")
}

/// A provider and an account with the defaults of its options.
fn connection(name: &str) -> (Arc<dyn Provider>, Arc<Account>) {
    let provider = providers::find(name).expect("a provider of that name");
    let profile = provider.profile();
    let default = |kind: OptionKind| match kind {
        OptionKind::Flag(default) => Some(OptionValue::Flag(default)),
        OptionKind::Word(words) => words.first().copied().map(OptionValue::Word),
    };
    let options = profile.options.iter();
    let account = Account {
        connection: name.parse().expect("a connection's name"),
        base_url: profile.base_url.to_owned(),
        options: options
            .filter_map(|(key, kind)| Some((*key, default(*kind)?)))
            .collect::<BTreeMap<_, _>>(),
    };
    (provider, Arc::new(account))
}

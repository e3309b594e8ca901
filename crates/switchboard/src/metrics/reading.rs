//! What was counted, read back for whoever asks the gateway itself. Reading makes no series.

use std::collections::BTreeMap;

use model::Timestamp;
use prometheus::core::{Collector, Metric};
use prometheus::{IntCounterVec, proto};
use schemars::JsonSchema;
use serde::Serialize;

use super::{BUCKETS, ConfigurationFamilies, Metrics, RESULTS};

/// Counts by a word of a closed set.
pub type Counts<W = &'static str> = BTreeMap<W, u64>;

/// How long something took, since the start: a cumulative histogram, as Prometheus has it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Durations {
    /// How many there were.
    count: u64,
    /// All of them together, in seconds.
    sum: f64,
    /// By their length.
    buckets: Vec<Bucket>,
}

/// Those that took no longer than its bound.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct Bucket {
    /// In seconds; null in the last one, which has them all.
    le: Option<f64>,
    /// How many there were.
    count: u64,
}

impl Durations {
    fn none() -> Self {
        let bounds = BUCKETS.iter().copied().map(Some).chain([None]);
        Self {
            count: 0,
            sum: 0.0,
            buckets: bounds.map(|le| Bucket { le, count: 0 }).collect(),
        }
    }

    /// Of histograms with the bounds that all of ours have.
    pub(super) fn of<'h>(histograms: impl IntoIterator<Item = &'h prometheus::Histogram>) -> Self {
        let histograms = histograms.into_iter();
        histograms.fold(Self::none(), |all, one| all.with(one.metric().get_histogram()))
    }

    /// Of a whole family.
    pub(super) fn of_family(family: &impl Collector) -> Self {
        children(family)
            .iter()
            .fold(Self::none(), |all, child| all.with(child.get_histogram()))
    }

    fn with(mut self, more: &proto::Histogram) -> Self {
        self.count += more.get_sample_count();
        self.sum += more.get_sample_sum();
        let bounded = more.get_bucket().iter().map(proto::Bucket::cumulative_count);
        let counts = bounded.chain([more.get_sample_count()]);
        for (bucket, count) in self.buckets.iter_mut().zip(counts) {
            bucket.count += count;
        }
        self
    }
}

impl Metrics {
    /// Requests that the cache has seen, by what it did.
    pub fn cache_requests(&self) -> Counts {
        let seen = by(&self.cache.requests, "result", |_| true);
        let count = |result| (result, seen.get(result).copied().unwrap_or_default());
        RESULTS.map(count).into()
    }

    /// Requests that clients' limits have refused, by the client's name.
    pub fn refused(&self) -> Counts<String> {
        let is_refusal = |child: &proto::Metric| {
            label(child, "limiter") == "client" && label(child, "decision") == "refused"
        };
        by(&self.limits, "name", is_refusal)
    }

    /// Open client connections.
    pub fn sockets(&self) -> u64 {
        self.connections.get().try_into().unwrap_or_default()
    }

    /// Whether the last configuration that was read is the one that runs, and when that one was read.
    pub fn last_reload(&self) -> (bool, Timestamp) {
        let ConfigurationFamilies {
            successful, read_at, ..
        } = &self.configuration;
        let at = i64::try_from(whole(read_at.get() * 1000.0)).unwrap_or(i64::MAX);
        (successful.get() == 1, Timestamp::from_unix_milliseconds(at))
    }
}

/// A family's counters, added up by a label.
fn by(family: &IntCounterVec, name: &str, counts: impl Fn(&proto::Metric) -> bool) -> Counts<String> {
    let mut all = Counts::new();
    for child in children(family).iter().filter(|child| counts(child)) {
        *all.entry(label(child, name).to_owned()).or_default() += value(child);
    }
    all
}

/// The children of a family.
pub(super) fn children(family: &impl Collector) -> Vec<proto::Metric> {
    let families = family.collect().into_iter();
    families.flat_map(|mut family| family.take_metric()).collect()
}

/// The value of a child's label.
pub(super) fn label<'c>(child: &'c proto::Metric, name: &str) -> &'c str {
    let mut labels = child.get_label().iter();
    labels
        .find(|label| label.name() == name)
        .map_or("", proto::LabelPair::value)
}

/// What a counter has come to.
pub(super) fn value(child: &proto::Metric) -> u64 {
    whole(child.get_counter().get_value())
}

/// Counters and gauges are real numbers to the library, and whole ones to us.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it saturates, and what is below 0 is 0"
)]
fn whole(value: f64) -> u64 {
    value as u64
}

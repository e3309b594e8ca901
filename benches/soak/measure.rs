//! What must not grow: memory, descriptors, threads, metric series, entries of the cache, keys in the store.

use std::collections::BTreeMap;
use std::fs;

use crate::Failure;
use crate::http::get;
use crate::stage::{Replica, Stage};

/// Fewer measurements say nothing.
const FEWEST: usize = 12;
/// Growth from the second third of a time to the last that is none. In half an hour some 200 bytes more for each
/// request would be beyond it.
const RELATIVE: f64 = 0.05;

/// What is measured, and growth in its own unit that is none either: what allocators, pools and caches breathe.
const QUANTITIES: [(&str, f64); 9] = [
    ("memory, KiB", 4096.0),
    ("descriptors", 8.0),
    ("threads", 2.0),
    ("metric series", 8.0),
    ("metric samples", 32.0),
    ("cache entries", 64.0),
    ("cache bytes", 65536.0),
    ("keys", 64.0),
    ("memory, bytes", 1_048_576.0),
];

/// All measurements of all processes since they began.
#[derive(Default)]
pub(crate) struct Measurements {
    values: BTreeMap<(String, &'static str), Vec<f64>>,
    starts: BTreeMap<String, u64>,
}

/// How one quantity went.
pub(crate) struct Course {
    pub(crate) of: String,
    pub(crate) quantity: &'static str,
    pub(crate) count: usize,
    /// Medians of the three thirds.
    pub(crate) thirds: [f64; 3],
    /// None if there are too few to say.
    pub(crate) is_flat: Option<bool>,
}

impl Measurements {
    /// Measures everything once.
    pub(crate) async fn take(&mut self, stage: &Stage) -> Result<(), Failure> {
        for (index, replica) in stage.replicas.iter().enumerate() {
            let name = format!("replica {}", index + 1);
            // One that has restarted begins anew.
            if self.starts.insert(name.clone(), replica.starts) != Some(replica.starts) {
                self.values.retain(|(of, _), _| *of != name);
            }
            for (quantity, value) in of_replica(replica).await? {
                self.add(&name, quantity, value);
            }
        }
        if stage.has_store {
            self.add("store", "keys", crate::redis::keys(stage.store).await?);
            self.add("store", "memory, bytes", crate::redis::memory(stage.store).await?);
        }
        Ok(())
    }

    fn add(&mut self, of: &str, quantity: &'static str, value: f64) {
        self.values
            .entry((of.to_owned(), quantity))
            .or_default()
            .push(value);
    }

    /// How everything went.
    pub(crate) fn courses(&self) -> Vec<Course> {
        let courses = self.values.iter().map(|((of, quantity), values)| Course {
            of: of.clone(),
            quantity,
            count: values.len(),
            thirds: thirds(values),
            is_flat: is_flat(quantity, values),
        });
        courses.collect()
    }
}

async fn of_replica(replica: &Replica) -> Result<Vec<(&'static str, f64)>, Failure> {
    let pid = replica.pid().ok_or("it does not run")?;
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let (_, metrics) = get(replica.fixed.admin, "/metrics").await?;
    let metrics = String::from_utf8_lossy(&metrics);
    let samples = metrics.lines().filter(|line| !line.starts_with('#'));
    let series = samples.clone().filter(|line| !line.contains("_bucket{"));
    Ok(vec![
        ("memory, KiB", number("VmRSS:").unwrap_or_default()),
        ("threads", number("Threads:").unwrap_or_default()),
        ("descriptors", count(fs::read_dir(format!("/proc/{pid}/fd"))?)),
        ("metric series", count(series)),
        ("metric samples", count(samples)),
        (
            "cache entries",
            value(&metrics, "switchboard_cache_entries").unwrap_or_default(),
        ),
        (
            "cache bytes",
            value(&metrics, "switchboard_cache_bytes").unwrap_or_default(),
        ),
    ])
}

fn count(of: impl Iterator) -> f64 {
    of.fold(0.0, |count, _| count + 1.0)
}

/// The sum of a metric over its labels.
pub(crate) fn value(metrics: &str, name: &str) -> Option<f64> {
    let lines = metrics.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let is_it = rest.starts_with('{') || rest.starts_with(' ');
        is_it
            .then(|| rest.rsplit(' ').next()?.parse::<f64>().ok())
            .flatten()
    });
    lines.fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

fn thirds(values: &[f64]) -> [f64; 3] {
    let third = values.len() / 3;
    let (first, rest) = values.split_at(third);
    let (second, last) = rest.split_at(third);
    [first, second, last].map(median)
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The first third is for caches and pools to fill.
fn is_flat(quantity: &str, values: &[f64]) -> Option<bool> {
    let (_, slack) = QUANTITIES.iter().find(|(name, _)| *name == quantity)?;
    let [_, second, last] = thirds(values);
    (values.len() >= FEWEST).then(|| last <= second * (1.0 + RELATIVE) + slack)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_to_the_end_is_not_flat() {
        let series = |at: fn(f64) -> f64| (0..30).map(|i| at(f64::from(i))).collect::<Vec<_>>();
        assert_eq!(is_flat("keys", &series(|_| 1000.0)), Some(true));
        assert_eq!(is_flat("keys", &series(|i| 1000.0 + 20.0 * i)), Some(false));
        // Filled once and then no more.
        assert_eq!(
            is_flat("keys", &series(|i| 1000.0 + 100.0 * i.min(10.0))),
            Some(true)
        );
        assert_eq!(is_flat("keys", &[1.0; FEWEST - 1]), None);
    }

    #[test]
    fn a_metric_is_summed_over_its_labels_and_not_mixed_with_others() {
        let text = "# TYPE a gauge\na{x=\"1\"} 2\na{x=\"2\"} 3\na_total 7\n";
        assert_eq!(value(text, "a"), Some(5.0));
        assert_eq!(value(text, "b"), None);
    }
}

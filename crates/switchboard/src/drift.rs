//! What the gateway has seen of schema drift: counted by kind, listed by field path. Bounded, and never values.

use std::collections::BTreeMap;
use std::sync::Mutex;

use model::{DriftKind, Finding, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

/// Paths kept for each provider; beyond it findings are only counted.
const MAX_PATHS: usize = 512;

/// Told of each finding that is counted: provider, resource, kind.
pub type OnDrift = Box<dyn Fn(&'static str, &'static str, &'static str) + Send + Sync>;

/// The drift seen since the start.
pub struct DriftLog {
    seen: Mutex<BTreeMap<(&'static str, Finding), Seen>>,
    on_drift: OnDrift,
}

#[derive(Debug, Clone)]
struct Seen {
    count: u64,
    first: Timestamp,
    last: Timestamp,
}

/// One difference between a provider's answers and the schema that the gateway knows. Never a value.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Drift")]
pub struct Entry {
    /// The provider.
    pub provider: &'static str,
    /// What was read.
    resource: &'static str,
    /// Where in it.
    path: String,
    /// What is different there.
    #[schemars(extend("enum" = DriftKind::ALL.map(DriftKind::as_str)))]
    kind: &'static str,
    /// How often it was seen.
    count: u64,
    /// When it was seen first.
    first_seen: Timestamp,
    /// And last.
    last_seen: Timestamp,
}

impl DriftLog {
    /// Nothing seen yet.
    pub fn new(on_drift: OnDrift) -> Self {
        Self {
            seen: Mutex::new(BTreeMap::new()),
            on_drift,
        }
    }

    /// Records the findings of one answer.
    pub fn record(&self, provider: &'static str, findings: Vec<Finding>, now: &Timestamp) {
        for finding in findings {
            (self.on_drift)(provider, finding.resource, finding.kind.as_str());
            let Ok(mut seen) = self.seen.lock() else { return };
            let full = seen.len() >= MAX_PATHS;
            match seen.get_mut(&(provider, finding.clone())) {
                Some(entry) => {
                    entry.count += 1;
                    entry.last = now.clone();
                }
                None if full => {}
                None => {
                    tracing::warn!(
                        provider,
                        resource = finding.resource,
                        path = finding.path,
                        kind = finding.kind.as_str(),
                        "provider's answer differs from the known schema"
                    );
                    let entry = Seen {
                        count: 1,
                        first: now.clone(),
                        last: now.clone(),
                    };
                    seen.insert((provider, finding), entry);
                }
            }
        }
    }

    /// What was seen, in order.
    pub fn entries(&self) -> Vec<Entry> {
        let Ok(seen) = self.seen.lock() else {
            return Vec::new();
        };
        let entry = |((provider, finding), seen): (&(&'static str, Finding), &Seen)| Entry {
            provider,
            resource: finding.resource,
            path: finding.path.clone(),
            kind: finding.kind.as_str(),
            count: seen.count,
            first_seen: seen.first.clone(),
            last_seen: seen.last.clone(),
        };
        seen.iter().map(entry).collect()
    }
}

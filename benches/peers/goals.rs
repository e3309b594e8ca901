//! What the gateway is to be, beside what it was found to be.

use std::fmt::Write;

use crate::contestant::Job::{CacheHit, Normalised, NotModified, PassThrough};
use crate::figures::Measure::{Connected, Cpu, Growth, Idle, P50, P99, Start, Used};
use crate::figures::{Figures, Measure, Results};
use crate::peers::{NGINX_FULL, NGINX_LUA};
use crate::sections::ONE;

const OURS: &str = "switchboard";

/// What counts as flat where more of something should cost nothing: what rounds differ by on a machine with other work.
const FLAT: f64 = 1.1;
/// And what counts as flat of memory.
const FLAT_MEMORY: f64 = 1.05;

struct Goal {
    of: &'static str,
    figure: Figure,
    limit: Limit,
}

enum Figure {
    Value(Measure),
    Ratio((Measure, &'static str), (Measure, &'static str)),
    /// How many times as much two workers serve, by what a request costs them.
    Scaling,
}

enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

const fn at_most(of: &'static str, figure: Figure, limit: f64) -> Goal {
    let limit = Limit::AtMost(limit);
    Goal { of, figure, limit }
}

const fn beside(of: &'static str, measure: Measure, peer: &'static str, limit: f64) -> Goal {
    at_most(of, Figure::Ratio((measure, OURS), (measure, peer)), limit)
}

const fn grown(of: &'static str, much: &'static str, little: &'static str) -> Goal {
    at_most(of, Figure::Ratio((Growth, much), (Growth, little)), FLAT)
}

const fn own(of: &'static str, measure: Measure, to: Measure, limit: f64) -> Goal {
    at_most(of, Figure::Ratio((measure, OURS), (to, OURS)), limit)
}

const GOALS: [Goal; 21] = [
    beside("CPU of a cache hit / nginx", Cpu(CacheHit), "nginx", 0.55),
    beside("CPU of a cache hit / HAProxy", Cpu(CacheHit), "HAProxy", 0.80),
    beside(
        "CPU of pass-through / nginx with key, limit, id, log",
        Cpu(PassThrough),
        NGINX_FULL,
        0.95,
    ),
    beside("CPU of pass-through / pingora", Cpu(PassThrough), "pingora", 0.50),
    beside("CPU of pass-through / Envoy", Cpu(PassThrough), "Envoy", 0.25),
    beside(
        "CPU of normalised / nginx with Lua",
        Cpu(Normalised),
        NGINX_LUA,
        0.40,
    ),
    own(
        "CPU of normalised / own pass-through",
        Cpu(Normalised),
        Cpu(PassThrough),
        1.25,
    ),
    own(
        "CPU of 304 / own cache hit",
        Cpu(NotModified),
        Cpu(CacheHit),
        0.90,
    ),
    at_most("MiB idle", Figure::Value(Idle), 12.0),
    at_most(
        "MiB with 10,000 idle connections",
        Figure::Value(Connected),
        150.0,
    ),
    at_most(
        "memory after all requests / after a quarter",
        Figure::Ratio((Used, "end"), (Used, "quarter")),
        FLAT_MEMORY,
    ),
    at_most(
        "ms from the start to the first answer",
        Figure::Value(Start),
        15.0,
    ),
    beside(
        "p50 of pass-through at a fixed rate / nginx",
        P50(PassThrough),
        "nginx",
        1.0,
    ),
    beside(
        "p99 of pass-through at a fixed rate / nginx",
        P99(PassThrough),
        "nginx",
        1.0,
    ),
    beside(
        "p50 of a cache hit at a fixed rate / nginx",
        P50(CacheHit),
        "nginx",
        1.0,
    ),
    beside(
        "p99 of a cache hit at a fixed rate / nginx",
        P99(CacheHit),
        "nginx",
        1.0,
    ),
    grown("CPU of a hit, 1,000 clients / 1", "1,000 clients", ONE),
    grown(
        "CPU of a hit, 100,000 cache entries / 10",
        "100,000 entries",
        "10 entries",
    ),
    grown(
        "CPU of a hit, 1,000 connections configured / 1",
        "1,000 connections",
        ONE,
    ),
    grown(
        "CPU of pass-through, 1,000 connections configured / 1",
        "passed, 1,000 connections",
        "passed, 1 connection",
    ),
    Goal {
        of: "two workers serve, times one, by CPU per hit",
        figure: Figure::Scaling,
        limit: Limit::AtLeast(1.8),
    },
];

impl Goal {
    fn figures(&self, results: &Results) -> Option<Figures> {
        match self.figure {
            Figure::Value(measure) => results.of(measure, OURS),
            Figure::Ratio(ours, theirs) => results.ratio(ours, theirs),
            Figure::Scaling => {
                let ratio = results.ratio((Growth, ONE), (Growth, "2 workers"));
                ratio.map(|ratio| ratio.scaled(2.0))
            }
        }
    }
}

/// Every goal with its figure, and how many were missed.
pub(crate) fn text(results: &Results) -> (String, usize) {
    let mut text = "\n## Goals\n\n| Goal | limit | measured | |\n|---|---|---|---|\n".to_owned();
    let mut missed = 0;
    for goal in GOALS {
        let (sign, limit) = match goal.limit {
            Limit::AtMost(limit) => ('≤', limit),
            Limit::AtLeast(limit) => ('≥', limit),
        };
        let (figures, verdict) = match goal.figures(results) {
            None => ("-".to_owned(), "not measured"),
            Some(figures) => {
                let median = figures.median();
                let is_met = match goal.limit {
                    Limit::AtMost(limit) => median <= limit,
                    Limit::AtLeast(limit) => median >= limit,
                };
                missed += usize::from(!is_met);
                (figures.to_string(), if is_met { "met" } else { "NOT met" })
            }
        };
        // Writing to memory cannot fail.
        writeln!(text, "| {} | {sign} {limit} | {figures} | {verdict} |", goal.of).ok();
    }
    (text, missed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sections::PAIRS;

    #[test]
    fn what_grows_is_measured_under_the_names_that_goals_have() {
        let pairs = GOALS.iter().filter_map(|goal| match goal.figure {
            Figure::Ratio((Growth, much), (Growth, little)) => Some((little, much)),
            _ => None,
        });
        let unknown: Vec<_> = pairs.filter(|pair| !PAIRS.contains(pair)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}

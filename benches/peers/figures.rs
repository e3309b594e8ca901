//! Everything that was measured, and what is said of it: medians of rounds, with quartiles.

use std::collections::BTreeMap;
use std::fmt;

use crate::contestant::Job;
use crate::turn::{Turn, float};

/// As much of a fault is shown: it may quote an answer.
const FAULT: usize = 200;

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Measure {
    /// Processor time of one request, in µs.
    Cpu(Job),
    /// What of it was the kernel's.
    Kernel(Job),
    /// Of one answer.
    Bytes(Job),
    /// Answers in a second, by which nothing is judged.
    Rate(Job),
    /// From the start to the first answer, in ms.
    Start,
    /// In MiB, after the first answer.
    Idle,
    /// In MiB, with idle connections.
    Connected,
    /// In MiB, after requests.
    Used,
    /// In µs, at a fixed rate.
    P50(Job),
    /// In µs, at a fixed rate.
    P99(Job),
    /// Processor time of a cache hit, in µs, with little and much of something.
    Growth,
    /// Cache hits in a second, with little and much of something.
    GrowthRate,
}

/// What was measured of whom, one figure for each round. A round without one has NaN.
#[derive(Default)]
pub(crate) struct Results {
    samples: BTreeMap<(Measure, String), Vec<f64>>,
    faults: BTreeMap<(Measure, String), String>,
}

impl Results {
    /// Notes a figure.
    pub(crate) fn add(&mut self, measure: Measure, name: &str, figure: f64) {
        let key = (measure, name.to_owned());
        self.samples.entry(key).or_default().push(figure);
    }

    /// Notes what one turn cost.
    pub(crate) fn add_turn(&mut self, [cpu, rate]: [Measure; 2], name: &str, turn: &Turn) {
        self.add(cpu, name, turn.cpu);
        let seconds = turn.tally.took.as_secs_f64();
        self.add(rate, name, float(turn.tally.answers) / seconds);
        if let Some(fault) = &turn.fault {
            self.blame(cpu, name, fault);
        }
    }

    /// From now on the figures of this count for nothing.
    pub(crate) fn blame(&mut self, measure: Measure, name: &str, fault: &str) {
        let line = fault.split_whitespace().collect::<Vec<_>>().join(" ");
        let short = line.chars().take(FAULT).collect();
        self.faults.insert((measure, name.to_owned()), short);
    }

    /// Whether figures of this count for nothing.
    pub(crate) fn is_blamed(&self, name: &str) -> bool {
        self.faults.keys().any(|(_, blamed)| blamed == name)
    }

    /// Why they do.
    pub(crate) fn fault(&self, measure: Measure, name: &str) -> Option<&str> {
        self.faults.get(&(measure, name.to_owned())).map(String::as_str)
    }

    /// Who has figures or a fault of this measure, in the order of their medians.
    pub(crate) fn names(&self, measure: Measure) -> Vec<&str> {
        let keys = self.samples.keys().chain(self.faults.keys());
        let names = keys
            .filter(|(of, _)| *of == measure)
            .map(|(_, name)| name.as_str());
        let mut names: Vec<&str> = names.collect();
        names.sort_by(|a, b| {
            let median = |name| {
                self.of(measure, name)
                    .map_or(f64::INFINITY, |figures| figures.median())
            };
            median(a).total_cmp(&median(b))
        });
        names.dedup();
        names
    }

    /// All figures, whether they count or not.
    pub(crate) fn of(&self, measure: Measure, name: &str) -> Option<Figures> {
        let samples = self.samples.get(&(measure, name.to_owned()))?;
        Figures::new(samples.iter().copied())
    }

    /// Of each round, how many times the second the first is. None if one of them counts for nothing.
    pub(crate) fn ratio(
        &self,
        (measure, name): (Measure, &str),
        (of, to): (Measure, &str),
    ) -> Option<Figures> {
        if self.fault(measure, name).or(self.fault(of, to)).is_some() {
            return None;
        }
        let samples = self.samples.get(&(measure, name.to_owned()))?;
        let others = self.samples.get(&(of, to.to_owned()))?;
        Figures::new(samples.iter().zip(others).map(|(figure, other)| figure / other))
    }
}

/// Figures of one thing, in order of size; at least one.
pub(crate) struct Figures(Vec<f64>);

impl Figures {
    /// Without those that are none.
    pub(crate) fn new(figures: impl Iterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.filter(|figure| figure.is_finite()).collect();
        figures.sort_by(f64::total_cmp);
        (!figures.is_empty()).then_some(Self(figures))
    }

    /// The figure below which this share of them lies, between two of them where need be.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        #[expect(clippy::cast_precision_loss, reason = "a place in a list")]
        let place = last as f64 * share;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place in a list"
        )]
        let (low, high) = (place.floor() as usize, place.ceil() as usize);
        match (self.0.get(low), self.0.get(high)) {
            (Some(low), Some(high)) => low + (high - low) * place.fract(),
            _ => f64::NAN,
        }
    }

    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// So many times as much.
    pub(crate) fn scaled(self, factor: f64) -> Self {
        Self(self.0.into_iter().map(|figure| figure * factor).collect())
    }
}

/// The median, and the quartiles where there is more than one.
impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        let (low, median, high) = (self.quantile(0.25), self.median(), self.quantile(0.75));
        write!(f, "{median:.digits$}")?;
        if self.0.len() > 1 {
            write!(f, " ({low:.digits$} - {high:.digits$})")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_made_within_each_round() {
        let mut results = Results::default();
        for (ours, theirs) in [(1.0, 2.0), (10.0, 20.0), (f64::NAN, 1.0), (4.0, 4.0)] {
            results.add(Measure::Start, "a", ours);
            results.add(Measure::Start, "b", theirs);
        }
        let ratio = results
            .ratio((Measure::Start, "a"), (Measure::Start, "b"))
            .unwrap();
        assert_eq!(ratio.to_string(), "0.50 (0.50 - 0.75)");
        results.blame(Measure::Start, "b", "it lied");
        assert!(
            results
                .ratio((Measure::Start, "a"), (Measure::Start, "b"))
                .is_none()
        );
    }
}

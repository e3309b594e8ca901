//! The parts of a measurement.

mod cpu;
mod growth;
mod latency;
mod memory;
mod start;

pub(crate) use growth::{ONE, PAIRS};
use std::str::FromStr;

use crate::contestant::Job;
use crate::figures::{Measure, Results};
use crate::peers::NGINX_LUA;
use crate::stage::Stage;
use crate::{Failure, Settings, report};

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// From the start to the first answer.
    Start,
    /// Processor time of each job.
    Cpu,
    /// Latency at a fixed rate.
    Latency,
    /// Memory, idle and used.
    Memory,
    /// Much of something beside little of it.
    Growth,
}

/// Which of them are wanted: named in a text, or all.
#[derive(Clone)]
pub(crate) struct Choice(Vec<Section>);

impl Choice {
    /// Whether this one is.
    pub(crate) fn has(&self, section: Section) -> bool {
        self.0.is_empty() || self.0.contains(&section)
    }
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = text.split([',', ' ']).filter(|word| !word.is_empty());
        let sections = words.map(|word| {
            let section = Section::ALL.into_iter().find(|section| section.name() == word);
            let known = Section::ALL.map(Section::name).join(", ");
            section.ok_or(format!("there is no part {word}, but {known}"))
        });
        sections.collect::<Result<_, _>>().map(Self)
    }
}

impl Section {
    pub(crate) const ALL: [Self; 5] = [Self::Start, Self::Cpu, Self::Latency, Self::Memory, Self::Growth];

    fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Cpu => "cpu",
            Self::Latency => "latency",
            Self::Memory => "memory",
            Self::Growth => "growth",
        }
    }

    /// Measures it.
    pub(crate) fn run(self, stage: &mut Stage, settings: &Settings) -> Result<(), Failure> {
        match self {
            Self::Start => start::run(stage, settings.rounds),
            Self::Cpu => cpu::run(stage, settings.rounds),
            Self::Latency => latency::run(stage, settings.rounds),
            Self::Memory => memory::run(stage, settings.requests),
            Self::Growth => growth::run(stage, settings.rounds),
        }
    }

    /// What it has found.
    pub(crate) fn text(self, results: &Results, settings: &Settings) -> String {
        match self {
            Self::Start => report::table(
                results,
                "From the start to the first answer through it",
                Measure::Start,
                &[("ms", Measure::Start, 1)],
                "nginx",
            ),
            Self::Cpu => Job::ALL.map(|job| cpu_text(results, job)).concat(),
            Self::Latency => [Job::PassThrough, Job::CacheHit]
                .map(|job| latency_text(results, job))
                .concat(),
            Self::Memory => {
                report::table(
                    results,
                    "Memory of all processes",
                    Measure::Idle,
                    &[
                        ("MiB idle", Measure::Idle, 1),
                        ("MiB with 10,000 idle connections", Measure::Connected, 1),
                    ],
                    "nginx",
                ) + &report::table(
                    results,
                    &format!(
                        "Memory after so much of {} requests, a quarter of each job",
                        settings.requests
                    ),
                    Measure::Used,
                    &[("MiB", Measure::Used, 1)],
                    "quarter",
                )
            }
            Self::Growth => report::pairs(
                results,
                "Growth: CPU of a cache hit, if it is not passed",
                &PAIRS,
                [
                    ("µs", Measure::Growth, 1),
                    (
                        "answers/s, with the load on one of the cores",
                        Measure::GrowthRate,
                        0,
                    ),
                ],
            ),
        }
    }
}

fn cpu_text(results: &Results, job: Job) -> String {
    let reference = match job {
        Job::CacheHit | Job::PassThrough => "nginx",
        Job::NotModified => "switchboard",
        Job::Normalised => NGINX_LUA,
    };
    report::table(
        results,
        &format!("Processor time of one request: {}", job.name()),
        Measure::Cpu(job),
        &[
            ("CPU, µs", Measure::Cpu(job), 1),
            ("kernel's", Measure::Kernel(job), 1),
            ("answers/s", Measure::Rate(job), 0),
            ("bytes", Measure::Bytes(job), 0),
        ],
        reference,
    )
}

fn latency_text(results: &Results, job: Job) -> String {
    report::table(
        results,
        &format!("Latency at {} requests/s: {}", latency::RATE, job.name()),
        Measure::P50(job),
        &[
            ("p50, µs", Measure::P50(job), 0),
            ("p99, µs", Measure::P99(job), 0),
        ],
        "nginx",
    )
}

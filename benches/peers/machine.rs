//! The machine: who runs where, what it is, and how much of its time others had.

use std::fs;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::system::uname;
use rustix::thread::{CpuSet, nanosleep, sched_getaffinity, sched_setaffinity};
use rustix::time::Timespec;

use crate::Failure;

/// Where a process or this thread runs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Core {
    /// The core of the contestants.
    Contestant,
    /// The core of the load and of what stands for the provider.
    Load,
    /// For one that needs two: its own, and a third one or, where there is none, that of the load.
    Two,
}

const CONTESTANT: usize = 0;
const LOAD: usize = 1;
const THIRD: usize = 2;

/// Keeps this thread there, and what it starts from now on.
pub(crate) fn keep_to(core: Core) -> Result<(), Failure> {
    let mut cores = CpuSet::new();
    match core {
        Core::Contestant => cores.set(CONTESTANT),
        Core::Load => cores.set(LOAD),
        Core::Two => {
            cores.set(CONTESTANT);
            cores.set(if count() > THIRD { THIRD } else { LOAD });
        }
    }
    Ok(sched_setaffinity(None, &cores)?)
}

/// Whether there are the two cores that this needs.
pub(crate) fn has_two_cores() -> Result<bool, Failure> {
    let allowed = sched_getaffinity(None)?;
    Ok(allowed.is_set(CONTESTANT) && allowed.is_set(LOAD))
}

/// Permits as many descriptors as this process may have, also to what it starts; how many.
pub(crate) fn permit_descriptors() -> Result<u64, Failure> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    )?;
    Ok(maximum.unwrap_or(u64::MAX))
}

/// Waits, while processes do something.
pub(crate) fn pause(time: Duration) {
    let time = Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or_default(),
        tv_nsec: time.subsec_nanos().into(),
    };
    // That a signal ends it earlier does no harm.
    drop(nanosleep(&time));
}

/// Processor, cores, memory and kernel.
pub(crate) fn description() -> String {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unknown processor", |line| {
        line.trim_start_matches([' ', '\t', ':'])
    });
    let cores = processors
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory.split_whitespace().nth(1).and_then(|kib| kib.parse().ok());
    let memory: u64 = memory.unwrap_or(0) / (1024 * 1024);
    let kernel = uname();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(3).collect();
    format!(
        "{model}, {cores} cores, {memory} GiB, {} {}, load average before the start {}",
        kernel.sysname().to_string_lossy(),
        kernel.release().to_string_lossy(),
        load.join(" ")
    )
}

/// Whatever this thread may use of them.
fn count() -> usize {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let lines = processors.lines();
    lines.filter(|line| line.starts_with("processor")).count()
}

/// All of the machine's time so far, and what of it the host gave to others.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    all: f64,
    stolen: f64,
}

impl Times {
    /// Until now.
    pub(crate) fn now() -> Self {
        let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
        let line = stat.lines().next().unwrap_or_default();
        let times: Vec<f64> = line
            .split_whitespace()
            .skip(1)
            .take(8)
            .filter_map(|time| time.parse().ok())
            .collect();
        Self {
            all: times.iter().sum(),
            stolen: times.get(7).copied().unwrap_or_default(),
        }
    }

    /// The share that was stolen since then, in percent.
    pub(crate) fn stolen_since(self, then: Self) -> f64 {
        100.0 * (self.stolen - then.stolen) / (self.all - then.all).max(1.0)
    }
}

//! What Prometheus' own libraries tell of every process, read when it is asked for. Elsewhere than on Linux there is no
//! `/proc`, and those that come from there are 0.

use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Counter, Gauge, IntGauge};
use rustix::param::page_size;
use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

use crate::clock;

/// The families.
pub(super) struct Process {
    cpu: Counter,
    /// Held by whoever adds what is new.
    adding: Mutex<()>,
    started: Gauge,
    resident: IntGauge,
    addresses: IntGauge,
    open_fds: IntGauge,
    max_fds: IntGauge,
    threads: IntGauge,
}

impl Process {
    /// Of this process, which has just been started.
    pub(super) fn new() -> prometheus::Result<Self> {
        let started = Gauge::new("process_start_time_seconds", "When the process was started")?;
        started.set(clock::unix_seconds());
        Ok(Self {
            cpu: Counter::new(
                "process_cpu_seconds_total",
                "Time on the processor, in the kernel and outside",
            )?,
            adding: Mutex::default(),
            started,
            resident: IntGauge::new("process_resident_memory_bytes", "Memory that is in use")?,
            addresses: IntGauge::new("process_virtual_memory_bytes", "Addresses that are in use")?,
            open_fds: IntGauge::new("process_open_fds", "Open file descriptors")?,
            max_fds: IntGauge::new("process_max_fds", "The most file descriptors that may be open")?,
            threads: IntGauge::new("process_threads", "Threads")?,
        })
    }

    fn read(&self) {
        {
            let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
            self.cpu.inc_by((cpu_seconds() - self.cpu.get()).max(0.0));
        }
        let [pages, resident] = pages();
        self.addresses.set(bytes(pages));
        self.resident.set(bytes(resident));
        self.open_fds.set(entries("/proc/self/fd"));
        self.threads.set(entries("/proc/self/task"));
        let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        self.max_fds.set(i64::try_from(most).unwrap_or(i64::MAX));
    }

    fn families(&self) -> [&dyn Collector; 7] {
        [
            &self.cpu,
            &self.started,
            &self.resident,
            &self.addresses,
            &self.open_fds,
            &self.max_fds,
            &self.threads,
        ]
    }
}

impl Collector for Process {
    fn desc(&self) -> Vec<&Desc> {
        self.families().into_iter().flat_map(Collector::desc).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.read();
        self.families().into_iter().flat_map(Collector::collect).collect()
    }
}

fn cpu_seconds() -> f64 {
    let time = Duration::try_from(clock_gettime(ClockId::ProcessCPUTime));
    time.unwrap_or_default().as_secs_f64()
}

/// All pages, and those in memory.
fn pages() -> [u64; 2] {
    let text = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let mut counts = text.split(' ').map(|count| count.parse().unwrap_or_default());
    [(); 2].map(|()| counts.next().unwrap_or_default())
}

fn bytes(pages: u64) -> i64 {
    let size = u64::try_from(page_size()).unwrap_or_default();
    i64::try_from(pages.saturating_mul(size)).unwrap_or(i64::MAX)
}

fn entries(folder: &str) -> i64 {
    let count = fs::read_dir(folder).map_or(0, Iterator::count);
    i64::try_from(count).unwrap_or(i64::MAX)
}

//! The processes that are measured: each is ended by its id, whatever becomes of the measurement, and known with its
//! children, which is what is measured of it.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::Instant;

use crate::Failure;
use crate::machine::{Core, keep_to, pause};

/// How long one may take to end before it is made to.
const END: Duration = Duration::from_secs(3);

/// All that run.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// A process that this one has started.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts it on a core. What it prints is added to `log`.
    pub(crate) fn start(command: &mut Command, core: Core, log: &Path) -> Result<Self, Failure> {
        let log = File::options().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        // It begins where the one is that begins it.
        keep_to(core)?;
        let child = command.spawn();
        keep_to(Core::Load)?;
        let child = child.map_err(|error| format!("{}: {error}", command.get_program().display()))?;
        with_running(|running| running.push(child.id()));
        Ok(Self { child })
    }

    /// The processor time that it and its children have used.
    pub(crate) fn cpu(&self) -> Duration {
        let nanoseconds = self.family().into_iter().flat_map(|pid| {
            let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten();
            threads.filter_map(|thread| {
                let schedule = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
                schedule.split(' ').next()?.parse::<u64>().ok()
            })
        });
        Duration::from_nanos(nanoseconds.sum())
    }

    /// The same in ticks of the system's clock: what was spent outside of the kernel, and inside.
    pub(crate) fn ticks(&self) -> [u64; 2] {
        let mut sum = [0, 0];
        for pid in self.family() {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            // After the name, which may have anything in it.
            let fields = stat.rsplit(") ").next().unwrap_or_default();
            for (sum, ticks) in sum.iter_mut().zip(fields.split(' ').skip(11)) {
                *sum += ticks.parse::<u64>().unwrap_or_default();
            }
        }
        sum
    }

    /// The memory that it and its children have, in MiB.
    pub(crate) fn memory(&self) -> f64 {
        let kibibytes = self.family().into_iter().filter_map(|pid| {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
            line.trim().strip_suffix(" kB")?.parse::<f64>().ok()
        });
        kibibytes.sum::<f64>() / 1024.0
    }

    /// It and its children.
    fn family(&self) -> Vec<u32> {
        let processes = fs::read_dir("/proc").into_iter().flatten().filter_map(|entry| {
            let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            // After the name, which may have anything in it.
            let parent = stat.rsplit(") ").next()?.split(' ').nth(1)?.parse().ok()?;
            Some((pid, parent))
        });
        let processes: Vec<(u32, u32)> = processes.collect();
        let mut family = vec![self.child.id()];
        let mut known = 0;
        while let Some(parent) = family.get(known).copied() {
            let children = processes.iter().filter(|(_, of)| *of == parent);
            family.extend(children.map(|(pid, _)| *pid));
            known += 1;
        }
        family
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let family = self.family();
        signal(self.child.id(), Signal::TERM);
        let begun = Instant::now();
        while begun.elapsed() < END && matches!(self.child.try_wait(), Ok(None)) {
            pause(Duration::from_millis(5));
        }
        if matches!(self.child.try_wait(), Ok(None)) {
            for pid in family {
                signal(pid, Signal::KILL);
            }
            self.child.wait().ok();
        }
        with_running(|running| running.retain(|pid| *pid != self.child.id()));
    }
}

/// Ends all, for one who cannot wait.
pub(crate) fn end_all() {
    with_running(|running| running.drain(..).for_each(|pid| signal(pid, Signal::TERM)));
}

fn with_running(change: impl FnOnce(&mut Vec<u32>)) {
    change(&mut RUNNING.lock().unwrap_or_else(PoisonError::into_inner));
}

fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may have ended.
        kill_process(pid, signal).ok();
    }
}

//! Who runs where. Left to itself the kernel moves a client and its server together and apart, and a request
//! that wakes another core costs several times as much as one that does not.

use crate::Failure;

/// A side of the measured connections.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    /// The first core that the process may use.
    Server,
    /// The last one.
    Client,
}

/// Keeps this thread on the core of its side.
#[cfg(target_os = "linux")]
pub(crate) fn keep_to(side: Side) -> Result<(), Failure> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let allowed = sched_getaffinity(None)?;
    let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
    let core = match side {
        Side::Server => cores.next(),
        Side::Client => cores.next_back(),
    };
    let mut only = CpuSet::new();
    only.set(core.ok_or("no core at all")?);
    Ok(sched_setaffinity(None, &only)?)
}

/// Other systems have no such call.
#[cfg(not(target_os = "linux"))]
pub(crate) fn keep_to(_: Side) -> Result<(), Failure> {
    Ok(())
}

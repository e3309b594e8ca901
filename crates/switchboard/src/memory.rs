//! The process's memory holds credentials, so nobody else may look into it.

use std::io;

#[cfg(target_os = "linux")]
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use rustix::process::{Resource, Rlimit, setrlimit};

/// From now on a crash leaves no image of the memory, and other processes of the same user can read neither it nor the
/// environment.
pub fn keep_private() -> io::Result<()> {
    let nothing = Some(0);
    setrlimit(
        Resource::Core,
        Rlimit {
            current: nothing,
            maximum: nothing,
        },
    )?;
    #[cfg(target_os = "linux")]
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rustix::process::{dumpable_behavior, getrlimit};

    use super::*;

    #[test]
    fn nothing_is_dumped_and_what_metrics_read_stays_readable() {
        keep_private().unwrap();
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        for file in ["fd", "stat", "limits"] {
            assert!(std::fs::metadata(format!("/proc/self/{file}")).is_ok(), "{file}");
        }
        assert!(std::fs::read_dir("/proc/self/fd").unwrap().count() > 0);
    }
}

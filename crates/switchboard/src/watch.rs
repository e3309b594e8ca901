//! Files that somebody may change.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// A certificate and its key are two files, and a file may be written in pieces: who has begun is about to go on.
const SETTLE: Duration = Duration::from_millis(250);

/// Watches the folders of files, not the files: editors and orchestrators put a new file in the place of the old one.
#[derive(Debug, Default)]
pub struct Watch {
    changed: Arc<Notify>,
    folders: BTreeSet<PathBuf>,
    watcher: Option<RecommendedWatcher>,
}

impl Watch {
    /// From now on it is these files. What has changed before is not forgotten.
    pub fn follow(&mut self, files: &[PathBuf]) {
        let folders: BTreeSet<_> = files
            .iter()
            .filter_map(|file| file.parent())
            .map(folder)
            .collect();
        if folders == self.folders {
            return;
        }
        match watcher(&folders, &self.changed) {
            Ok(watcher) => self.watcher = watcher,
            Err(error) => tracing::warn!(%error, "files are not watched; SIGHUP has them read again"),
        }
        self.folders = folders;
    }

    /// Waits until something has changed, and is likely to be whole.
    pub async fn changed(&self) {
        self.changed.notified().await;
        tokio::time::sleep(SETTLE).await;
    }
}

fn folder(parent: &Path) -> PathBuf {
    if parent.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        parent.to_owned()
    }
}

fn watcher(folders: &BTreeSet<PathBuf>, changed: &Arc<Notify>) -> notify::Result<Option<RecommendedWatcher>> {
    if folders.is_empty() {
        return Ok(None);
    }
    let changed = Arc::clone(changed);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // An error may mean that events were lost.
        if event.is_ok_and(|event| is_only_read(event.kind)) {
            return;
        }
        changed.notify_one();
    })?;
    for folder in folders {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
    }
    Ok(Some(watcher))
}

/// As we do ourselves.
fn is_only_read(event: EventKind) -> bool {
    match event {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        _ => false,
    }
}

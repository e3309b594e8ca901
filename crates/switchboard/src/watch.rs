//! Files that somebody may change.

use std::collections::BTreeSet;
use std::ffi::OsString;
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
    files: BTreeSet<PathBuf>,
    watcher: Option<RecommendedWatcher>,
}

impl Watch {
    /// Of these files.
    pub fn of(files: &[PathBuf]) -> Self {
        let mut watch = Self::default();
        watch.follow(files);
        watch
    }

    /// From now on it is these files. What has changed before is not forgotten.
    pub fn follow(&mut self, files: &[PathBuf]) {
        let files: BTreeSet<_> = files.iter().cloned().collect();
        if files == self.files {
            return;
        }
        match watcher(&files, &self.changed) {
            Ok(watcher) => self.watcher = watcher,
            Err(error) => tracing::warn!(%error, "files are not watched; SIGHUP has them read again"),
        }
        self.files = files;
    }

    /// Waits until something has changed, and is likely to be whole.
    pub async fn changed(&self) {
        self.changed.notified().await;
        tokio::time::sleep(SETTLE).await;
    }
}

fn watcher(files: &BTreeSet<PathBuf>, changed: &Arc<Notify>) -> notify::Result<Option<RecommendedWatcher>> {
    if files.is_empty() {
        return Ok(None);
    }
    let changed = Arc::clone(changed);
    let names: BTreeSet<_> = files
        .iter()
        .filter_map(|file| file.file_name())
        .map(OsString::from)
        .collect();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // An error may mean that events were lost.
        if event.is_ok_and(|event| is_only_read(event.kind) || !concerns(&names, &event.paths)) {
            return;
        }
        changed.notify_one();
    })?;
    let folders: BTreeSet<_> = files.iter().filter_map(|file| file.parent()).collect();
    for folder in folders {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
    }
    Ok(Some(watcher))
}

/// Whether it is about one of the files, or about a link or folder by which they may be reached. Others' files, our
/// own log among them, may lie in the same folder.
fn concerns(names: &BTreeSet<OsString>, paths: &[PathBuf]) -> bool {
    let is_way = |path: &PathBuf| path.symlink_metadata().is_ok_and(|found| !found.is_file());
    let is_named = |path: &PathBuf| path.file_name().is_some_and(|name| names.contains(name));
    paths.is_empty() || paths.iter().any(|path| is_named(path) || is_way(path))
}

/// As we do ourselves.
fn is_only_read(event: EventKind) -> bool {
    match event {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        _ => false,
    }
}

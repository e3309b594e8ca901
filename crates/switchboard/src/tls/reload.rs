//! Follows the files of certificates: when one of them changes, or with SIGHUP, they are read again. What cannot
//! be used changes nothing but a metric.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Acceptor;
use crate::config;
use crate::metrics::Metrics;

/// A certificate and its key are two files: who writes one of them is about to write the other.
const SETTLE: Duration = Duration::from_millis(250);

/// Keeps an acceptor at what its files say.
pub struct Reload {
    /// What runs.
    pub tls: config::Tls,
    /// Where it runs.
    pub acceptor: Arc<Acceptor>,
    /// Told how it went.
    pub metrics: Metrics,
}

impl Reload {
    /// Follows the files until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        self.metrics.certificate_expiry(self.tls.not_after());
        let changed = Arc::new(Notify::new());
        let watcher = watch(&self.tls.files(), &changed);
        if let Err(error) = &watcher {
            tracing::warn!(%error, "certificates are not watched; SIGHUP has them read again");
        }
        let mut hangup = signal(SignalKind::hangup()).ok();
        loop {
            let hung_up = async {
                match &mut hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                Some(()) = hung_up => {}
                () = changed.notified() => tokio::time::sleep(SETTLE).await,
            }
            self.again().await;
        }
    }

    async fn again(&mut self) {
        let running = self.tls.clone();
        // Files may lie on something slow.
        let read = tokio::task::spawn_blocking(move || running.read_again()).await;
        let read = read.unwrap_or_else(|error| Err(error.to_string()));
        match read.and_then(|next| self.put(next)) {
            Ok(()) => self.metrics.reloaded(true),
            Err(error) => {
                tracing::error!(error, "certificates cannot be used; those of before stay");
                self.metrics.reloaded(false);
            }
        }
    }

    fn put(&mut self, next: config::Tls) -> Result<(), String> {
        if next.is_same(&self.tls) {
            return Ok(());
        }
        self.acceptor.replace(&next)?;
        self.metrics.certificate_expiry(next.not_after());
        self.tls = next;
        tracing::info!("certificates have changed and are used from now on");
        Ok(())
    }
}

/// Watches folders, not files: editors and orchestrators put a new file in the place of the old one.
fn watch(files: &[PathBuf], changed: &Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let changed = Arc::clone(changed);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // An error may mean that events were lost.
        if event.is_ok_and(|event| is_only_read(event.kind)) {
            return;
        }
        changed.notify_one();
    })?;
    let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    for folder in folders {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
    }
    Ok(watcher)
}

/// As we do ourselves.
fn is_only_read(event: EventKind) -> bool {
    match event {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        _ => false,
    }
}

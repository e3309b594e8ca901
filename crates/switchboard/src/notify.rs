//! What the service manager is told, as systemd expects it at `NOTIFY_SOCKET`. Where nobody asks, nothing is said.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

/// It serves.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The configuration is being read again, because somebody asked for that. [`ready`] ends it.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::debug!(%error, "no clock"),
    }
}

/// It drains.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Says until `end` that tasks still get their turn, twice in the time after which it would be taken for dead.
pub async fn watchdog(end: CancellationToken) {
    let patience = sd_notify::watchdog_enabled().unwrap_or(Duration::ZERO);
    if patience.is_zero() {
        return;
    }
    while tokio::time::timeout(patience / 2, end.cancelled()).await.is_err() {
        tell(&[NotifyState::Watchdog]);
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}

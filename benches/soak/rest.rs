//! When nobody asks any more, nothing is left under way, and the logs hold no error but those that were made.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::http::get;
use crate::measure::value;
use crate::stage::Stage;
use crate::tally::Promise;
use crate::world::World;

/// What counts things that are under way.
const UNDER_WAY: [&str; 3] = [
    "switchboard_http_requests_in_flight",
    "switchboard_http_connections",
    "switchboard_upstream_in_flight",
];
/// A write whose client has left goes on.
const PATIENCE: Duration = Duration::from_secs(15);

/// What replicas have to say about faulty configurations.
const EXPECTED: &str = "that of before stays";

/// Reads what replicas said.
pub(crate) fn read_logs(stage: &Stage, world: &World) -> std::io::Result<()> {
    for replica in &stage.replicas {
        let log = std::fs::read_to_string(&replica.log)?;
        let errors = log
            .lines()
            .filter(|line| line.contains(r#""level":"ERROR""#) || line.contains("panicked"));
        for error in errors.filter(|line| !line.contains(EXPECTED)) {
            world.tally.broken(Promise::Operated, error);
        }
    }
    Ok(())
}

/// Waits until no replica has anything to do.
pub(crate) async fn check(stage: &Stage, world: &World) {
    let end = Instant::now() + PATIENCE;
    for replica in &stage.replicas {
        loop {
            let metrics = get(replica.fixed.admin, "/metrics")
                .await
                .map(|(_, body)| body)
                .unwrap_or_default();
            let metrics = String::from_utf8_lossy(&metrics);
            let left = UNDER_WAY.map(|name| (name, value(&metrics, name).unwrap_or(f64::NAN)));
            if left.iter().all(|(_, count)| *count == 0.0) {
                break;
            }
            if Instant::now() > end {
                world.broken(Promise::Operated, &format!("nobody asks, and there is {left:?}"));
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
}

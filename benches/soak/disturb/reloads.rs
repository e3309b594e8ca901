//! Configurations that change: another client, another limit, another time in the cache, a faulty one.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::Failure;
use crate::http::{Ask, get, send};
use crate::measure::value;
use crate::settings::Variant;
use crate::stage::{Replica, Stage};
use crate::tally::Promise;
use crate::world::World;

/// How long a change may take to be seen.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether a change has been made.
enum Sign {
    /// What the guest's requests are answered with.
    Guest(u16),
    /// Whether the last reload went well.
    Successful(f64),
}

/// All changes, one after the other, at both replicas at once.
pub(super) async fn all(stage: &Stage, world: &World, round: usize) {
    let usual = Variant::USUAL;
    let guest = Variant { guest: true, ..usual };
    let stricter = Variant {
        burst: 6,
        ttl: 4,
        ..guest
    };
    let faulty = Variant {
        faulty: true,
        ..guest
    };
    let changes = [
        ("a client more", guest, Sign::Guest(200)),
        ("a stricter limit", stricter, Sign::Successful(1.0)),
        ("a faulty file", faulty, Sign::Successful(0.0)),
        ("SIGHUP with a faulty file", faulty, Sign::Guest(200)),
        ("as before", usual, Sign::Guest(401)),
        ("SIGHUP without a change", usual, Sign::Successful(1.0)),
    ];
    for (name, variant, sign) in changes {
        world
            .weather
            .set_mood(format!("round {round}, reload: {name}"), false);
        let is_signal = name.starts_with("SIGHUP");
        for (index, replica) in stage.replicas.iter().enumerate() {
            let done = if is_signal {
                replica.hang_up()
            } else if (round + index).is_multiple_of(2) {
                replica.configure(&world.keys, variant)
            } else {
                replica.replace(&world.keys, variant)
            };
            if let Err(error) = done {
                world.broken(
                    Promise::Operated,
                    &format!("reload of replica {}: {error}", index + 1),
                );
            }
        }
        for replica in &stage.replicas {
            if let Err(error) = seen(replica, world, &sign).await {
                world.broken(
                    Promise::Operated,
                    &format!("{name} at {}: {error}", replica.fixed.listen),
                );
            }
        }
        world.weather.recount();
        sleep(Duration::from_millis(700)).await;
        world.weather.recount();
    }
}

/// Waits until the change can be seen.
async fn seen(replica: &Replica, world: &World, sign: &Sign) -> Result<(), Failure> {
    let end = Instant::now() + PATIENCE;
    loop {
        let (is_seen, found) = match sign {
            Sign::Guest(right) => {
                let ask = Ask::get("control", "/v1/connections").by(&world.keys.guest);
                let status = send(replica.fixed.listen, &ask).await?.0;
                (status == *right, f64::from(status))
            }
            Sign::Successful(right) => {
                let (_, metrics) = get(replica.fixed.admin, "/metrics").await?;
                let metrics = String::from_utf8_lossy(&metrics);
                let found = value(&metrics, "switchboard_config_last_reload_successful").unwrap_or(f64::NAN);
                ((found - right).abs() < 0.5, found)
            }
        };
        if is_seen {
            return Ok(());
        }
        if Instant::now() > end {
            return Err(format!("not seen after {PATIENCE:?}; there is still {found}").into());
        }
        sleep(Duration::from_millis(50)).await;
    }
}

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
const BETWEEN: Duration = Duration::from_millis(700);

/// By what it can be seen that a change has been made.
enum Sign {
    /// What the guest's requests are answered with.
    Guest(u16),
    /// What runs has another hash than before.
    Hash,
    /// Whether the last reload went well.
    Successful(bool),
}

/// All changes, one after the other, at both replicas at once.
pub(super) async fn all(stage: &Stage, world: &World, round: usize) -> Result<(), Failure> {
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
        ("a stricter limit", stricter, Sign::Hash),
        ("a faulty file", faulty, Sign::Successful(false)),
        ("SIGHUP with a faulty file", faulty, Sign::Guest(200)),
        ("as before", usual, Sign::Guest(401)),
        ("SIGHUP without a change", usual, Sign::Successful(true)),
    ];
    for (name, variant, sign) in changes {
        world
            .weather
            .set_mood(format!("round {round}, reload: {name}"), false);
        let mut before = Vec::new();
        for (index, replica) in stage.replicas.iter().enumerate() {
            before.push(hash(&metrics(replica).await?));
            if name.starts_with("SIGHUP") {
                replica.hang_up()?;
            } else if (round + index).is_multiple_of(2) {
                replica.configure(&world.keys, variant)?;
            } else {
                replica.replace(&world.keys, variant)?;
            }
        }
        for (replica, before) in stage.replicas.iter().zip(before) {
            if let Err(error) = wait(replica, world, &sign, &before).await {
                let what = format!("{name} at {}: {error}", replica.fixed.listen);
                world.broken(Promise::Operated, &what);
            }
        }
        // Limits may have begun anew at any time since.
        world.weather.recount();
        sleep(BETWEEN).await;
    }
    Ok(())
}

/// Waits until the change can be seen.
async fn wait(replica: &Replica, world: &World, sign: &Sign, before: &str) -> Result<(), Failure> {
    let end = Instant::now() + PATIENCE;
    while !is_seen(replica, world, sign, before).await? {
        if Instant::now() > end {
            return Err(format!("not seen after {PATIENCE:?}").into());
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

async fn is_seen(replica: &Replica, world: &World, sign: &Sign, before: &str) -> Result<bool, Failure> {
    Ok(match sign {
        Sign::Guest(right) => {
            let ask = Ask::get("control", "/v1/connections").by(&world.keys.guest);
            send(replica.fixed.listen, &ask).await?.0 == *right
        }
        Sign::Hash => hash(&metrics(replica).await?) != before,
        Sign::Successful(right) => {
            let found = value(
                &metrics(replica).await?,
                "switchboard_config_last_reload_successful",
            );
            found.is_some_and(|found| (found > 0.5) == *right)
        }
    })
}

async fn metrics(replica: &Replica) -> Result<String, Failure> {
    let (_, metrics) = get(replica.fixed.admin, "/metrics").await?;
    Ok(String::from_utf8_lossy(&metrics).into_owned())
}

/// Of the configuration that runs, as a label.
fn hash(metrics: &str) -> String {
    let mut lines = metrics.lines();
    let line = lines.find(|line| line.starts_with("switchboard_config_info{") && line.ends_with(" 1"));
    line.unwrap_or_default().to_owned()
}

//! Rounds of everything that happens to a gateway: faults of providers, reloads, a store that goes away, replicas that
//! restart; and calm, in which is measured.

mod faults;
mod reloads;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::measure::Measurements;
use crate::stage::Stage;
use crate::tally::Promise;
use crate::world::World;
use crate::{Failure, say};

/// The store is away for this long.
const AWAY: Duration = Duration::from_secs(4);
/// After that a replica may need this long to find it.
const FIND: Duration = Duration::from_secs(3);
/// The shortest calm.
const CALM: Duration = Duration::from_secs(15);
const EVERY: Duration = Duration::from_secs(1);

/// Disturbs for this long. Replicas are restarted in the first third of it and at the end, so that between lies a
/// time that is long enough to see whether they grow.
pub(crate) async fn run(
    stage: &mut Stage,
    world: &Arc<World>,
    span: Duration,
) -> Result<Measurements, Failure> {
    let start = Instant::now();
    let (restarts_until, end) = (start + span / 3, start + span);
    let mut measurements = Measurements::default();
    let mut longest = Duration::ZERO;
    for round in 1.. {
        let began = Instant::now();
        faults::all(world, round).await?;
        reloads::all(stage, world, round).await?;
        if stage.has_store {
            lose_store(stage, world, round).await?;
        }
        if began < restarts_until {
            restart_both(stage, world, round).await;
        }
        calm(stage, world, round, &mut measurements).await;
        longest = longest.max(began.elapsed());
        let ((answers, findings), seconds) = (world.tally.totals(), start.elapsed().as_secs());
        say(&format!(
            "round {round}, {seconds} s: {answers} answers, {findings} findings\n"
        ))?;
        if Instant::now() + longest > end {
            break;
        }
    }
    world.weather.set_mood("the rest of the time", true);
    while Instant::now() < end {
        sleep(EVERY).await;
        measurements.take(stage).await?;
    }
    restart_both(stage, world, 0).await;
    Ok(measurements)
}

/// Waits for the last consequences of faults, then measures.
async fn calm(stage: &mut Stage, world: &World, round: usize, measurements: &mut Measurements) {
    world.weather.set_mood(format!("round {round}, settling"), false);
    if let Some(settled) = world.weather.settled_at() {
        sleep_until(settled).await;
    }
    world.weather.set_mood(format!("round {round}, calm"), true);
    let end = Instant::now() + CALM;
    // The first seconds are for caches to fill again.
    sleep(EVERY * 5).await;
    while Instant::now() < end {
        if let Err(error) = measurements.take(stage).await {
            world.broken(Promise::Operated, &format!("nothing could be measured: {error}"));
        }
        sleep(EVERY).await;
    }
}

async fn lose_store(stage: &mut Stage, world: &World, round: usize) -> Result<(), Failure> {
    world
        .weather
        .set_mood(format!("round {round}, store away"), false);
    world.weather.forget(false);
    stage.kill_store().await?;
    sleep(AWAY).await;
    // It comes back empty, so that each client has its burst again.
    world.weather.recount();
    stage.start_store().await?;
    world
        .weather
        .set_mood(format!("round {round}, store back"), false);
    sleep(FIND).await;
    world.weather.forget(true);
    Ok(())
}

/// One after the other, while the other one takes its clients.
async fn restart_both(stage: &mut Stage, world: &World, round: usize) {
    for index in 0..stage.replicas.len() {
        let name = index + 1;
        world
            .weather
            .set_mood(format!("round {round}, replica {name} restarts"), false);
        world.weather.forget(false);
        if let Err(error) = stage.restart(index).await {
            world.broken(Promise::Operated, &format!("replica {name}: {error}"));
        }
        world.weather.forget(stage.has_store);
        sleep(EVERY).await;
    }
}

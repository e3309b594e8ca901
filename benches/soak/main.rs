//! The soak: two replicas of the gateway under mixed traffic, while providers fail, configurations change, the store
//! goes away and replicas restart. It fails if a request is lost, an answer is wrong, or anything grows.
//!
//! `soak PROGRAM SECONDS`, where PROGRAM is the gateway's; it also needs `redis-server`.

mod disturb;
mod http;
mod judge;
mod measure;
mod process;
mod redis;
mod report;
mod rest;
mod settings;
mod stage;
mod tally;
mod traffic;
mod weather;
mod world;

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::nice;
use tokio::signal::unix::{SignalKind, signal};

use crate::measure::{Course, Measurements};
use crate::settings::Keys;
use crate::stage::Stage;
use crate::tally::{Counts, Promise};
use crate::weather::Weather;
use crate::world::World;

/// Whatever makes it impossible to go on.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<ExitCode, Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(binary), Some(seconds)) = (arguments.next(), arguments.next()) else {
        return Err("usage: soak PROGRAM SECONDS".into());
    };
    let (binary, span) = (PathBuf::from(binary), Duration::from_secs(seconds.parse()?));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::select! {
            // Processes end with their handles.
            _ = term.recv() => Err("interrupted".into()),
            _ = int.recv() => Err("interrupted".into()),
            soaked = soak(&binary, span) => soaked,
        }
    })
}

async fn soak(binary: &Path, span: Duration) -> Result<ExitCode, Failure> {
    // Whoever works on this machine goes first.
    nice(10)?;
    let folder = binary.with_file_name("soak-run");
    let keys = Keys::new(binary).await?;
    let weather = Arc::new(Weather::new());
    let mut stage = Stage::start(binary, &folder, &keys, &weather).await?;
    let world = Arc::new(World::new(&stage, keys, weather));
    world.weather.forget(stage.has_store);
    say(&format!(
        "two replicas, {}, {} s; what they say that is not about a request is in {}\n",
        if stage.has_store {
            "one store"
        } else {
            "no store, which this program does not know"
        },
        span.as_secs(),
        folder.display()
    ))?;
    let traffic = traffic::start(&world).await?;
    let disturbed = disturb::run(&mut stage, &world, span).await;
    let measurements = disturbed.unwrap_or_else(|error| {
        world.broken(Promise::Operated, &format!("it could not go on: {error}"));
        Measurements::default()
    });
    world.weather.set_mood("the end", true);
    world.stop.cancel();
    traffic.join_all().await;
    rest::check(&stage, &world).await;
    rest::read_logs(&stage, &world)?;
    if let Err(error) = stage.end().await {
        world.broken(Promise::Operated, &error.to_string());
    }
    let courses = measurements.courses();
    for course in courses.iter().filter(|course| course.is_flat == Some(false)) {
        let Course {
            of, quantity, thirds, ..
        } = course;
        world
            .tally
            .broken(Promise::Flat, format!("{of}: {quantity}: {thirds:?}"));
    }
    let counts = world.tally.counts();
    let stumbles = world.weather.stumbles();
    say(&report::text(&counts, &courses, stumbles)?)?;
    Ok(verdict(&counts)?)
}

fn verdict(counts: &Counts) -> io::Result<ExitCode> {
    let is_kept = counts.findings.is_empty();
    say(if is_kept {
        "every promise was kept\n"
    } else {
        "NOT every promise was kept\n"
    })?;
    Ok(if is_kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

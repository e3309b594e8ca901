//! Memory of each contestant, newly started: after one answer, with idle connections, and of the gateway after very many
//! requests.

use std::time::Duration;

use crate::Failure;
use crate::contestant::{Contestant, Job};
use crate::figures::{Measure, Results};
use crate::gateway::{Kind, not_modified};
use crate::load::Load;
use crate::machine::pause;
use crate::process::Process;
use crate::site::Site;
use crate::stage::Stage;
use crate::turn::{CONNECTIONS, Counts};

/// Each with one request, and then nothing.
const IDLE: usize = 10_000;
/// For so long, before memory is looked at.
const QUIET: Duration = Duration::from_secs(3);
/// In which the requests are sent.
const QUARTERS: [&str; 4] = ["quarter", "half", "three quarters", "end"];

pub(super) fn run(stage: &mut Stage, requests: u64) -> Result<(), Failure> {
    let Stage {
        site,
        contestants,
        results,
        ..
    } = stage;
    for contestant in contestants {
        let (process, _) = contestant.start()?;
        results.add(Measure::Idle, contestant.name, process.memory());
        let row = contestant.row(Job::CacheHit).or(contestant.rows.first());
        let row = row.ok_or("a contestant without a job")?;
        match Load::open(&row.target, IDLE) {
            Ok(_open) => {
                pause(QUIET);
                results.add(Measure::Connected, contestant.name, process.memory());
            }
            Err(error) => results.blame(Measure::Connected, contestant.name, &error.to_string()),
        }
        if contestant.name == Kind::USUAL.name {
            use_it(results, site, contestant, &process, requests)?;
        }
    }
    Ok(())
}

/// All jobs by turns.
fn use_it(
    results: &mut Results,
    site: &Site,
    contestant: &Contestant,
    process: &Process,
    requests: u64,
) -> Result<(), Failure> {
    let hits = contestant.row(Job::CacheHit).ok_or("the gateway has no cache")?;
    let again = not_modified(hits)?;
    let before = Counts::ask(site.upstream)?;
    for quarter in QUARTERS {
        for row in contestant.rows.iter().chain([&again]) {
            let tally = Load::open(&row.target, CONNECTIONS)?.count(requests / 16)?;
            if tally.wrong > 0 {
                let fault = format!("{} answers were wrong", tally.wrong);
                results.blame(Measure::Used, quarter, &fault);
            }
        }
        results.add(Measure::Used, quarter, process.memory());
        site.forget_logs()?;
    }
    // Two of four jobs ask the provider.
    if before.seen_until(Counts::ask(site.upstream)?) < requests / 2 {
        results.blame(Measure::Used, "end", "requests did not reach the provider");
    }
    Ok(())
}

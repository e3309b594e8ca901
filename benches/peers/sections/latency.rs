//! Latency at a fixed rate, from the moment that each request was due: a contestant that is slow once is charged for all
//! that had to wait meanwhile.

use std::time::Duration;

use crate::Failure;
use crate::contestant::{Job, Row};
use crate::figures::{Figures, Measure};
use crate::gateway::Kind;
use crate::load::Load;
use crate::stage::Stage;
use crate::turn::{CONNECTIONS, float};

/// Requests in a second.
pub(super) const RATE: u32 = 2000;
/// Of each row in each round.
const TURN: Duration = Duration::from_secs(2);
/// Rounds are long, and a quantile of so many requests differs little.
const MOST: usize = 4;
/// Who takes part.
const NAMES: [&str; 2] = [Kind::USUAL.name, "nginx"];

pub(super) fn run(stage: &mut Stage, rounds: usize) -> Result<(), Failure> {
    let Stage {
        site,
        contestants,
        results,
        ..
    } = stage;
    let mut processes = Vec::new();
    let mut rows = vec![Row::plain(Job::PassThrough, "nobody between", site.upstream)];
    for contestant in contestants.iter_mut().filter(|one| NAMES.contains(&one.name)) {
        processes.push(contestant.start()?.0);
    }
    for contestant in contestants.iter().filter(|one| NAMES.contains(&one.name)) {
        let measured = contestant.rows.iter().filter(|row| row.job != Job::Normalised);
        rows.extend(measured.cloned());
    }
    for _ in 0..rounds.min(MOST) {
        rows.reverse();
        for row in &rows {
            let tally = Load::open(&row.target, CONNECTIONS)?.at_rate(RATE, TURN)?;
            let latencies = tally.latencies.iter().map(|latency| latency.as_secs_f64() * 1e6);
            let latencies = Figures::new(latencies).ok_or("nothing was answered")?;
            for (measure, share) in [(Measure::P50(row.job), 0.5), (Measure::P99(row.job), 0.99)] {
                results.add(measure, &row.name, latencies.quantile(share));
                if tally.wrong > 0 {
                    let fault = format!("{} of {} answers were wrong", float(tally.wrong), tally.answers);
                    results.blame(measure, &row.name, &fault);
                }
            }
        }
        site.forget_logs()?;
    }
    Ok(())
}

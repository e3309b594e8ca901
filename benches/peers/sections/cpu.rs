//! Processor time of each job: everybody has a short turn in every round, in the opposite order in every second one, so
//! that whatever else the machine does meets all alike.

use std::time::Duration;

use crate::Failure;
use crate::contestant::{Job, Row};
use crate::figures::{Measure, Results};
use crate::gateway::{Kind, not_modified};
use crate::process::Process;
use crate::stage::Stage;
use crate::turn::{Turn, float, turn};

/// Of each row in each round.
const TURN: Duration = Duration::from_millis(250);

pub(super) fn run(stage: &mut Stage, rounds: usize) -> Result<(), Failure> {
    let Stage {
        site,
        contestants,
        results,
        ..
    } = stage;
    let mut processes = Vec::new();
    for contestant in &mut *contestants {
        processes.push(contestant.start()?.0);
    }
    let all = contestants.iter().zip(&processes);
    let mut rows: Vec<(&Row, &Process)> = all
        .flat_map(|(contestant, process)| contestant.rows.iter().map(move |row| (row, process)))
        .collect();
    let ours = rows.iter().find(|(row, _)| is_our_hit(row)).copied();
    let (hits, gateway) = ours.ok_or("the gateway has no cache")?;
    let again = not_modified(hits)?;
    rows.push((&again, gateway));
    // One job after the other, so that those that are compared are near one another.
    rows.sort_by_key(|(row, _)| row.job);
    // The first round does not count.
    for round in 0..=rounds {
        rows.reverse();
        for (row, process) in &rows {
            let turn = turn(row, process, site.upstream, TURN);
            if round > 0 {
                note(results, row, turn);
            }
        }
        site.forget_logs()?;
    }
    Ok(())
}

fn is_our_hit(row: &Row) -> bool {
    row.job == Job::CacheHit && row.name == Kind::USUAL.name
}

fn note(results: &mut Results, row: &Row, turn: Result<Turn, Failure>) {
    let cpu = Measure::Cpu(row.job);
    match turn {
        Ok(turn) => {
            results.add_turn([cpu, Measure::Rate(row.job)], &row.name, &turn);
            let bytes = float(turn.tally.bytes) / float(turn.tally.answers);
            results.add(Measure::Bytes(row.job), &row.name, bytes);
            results.add(Measure::Kernel(row.job), &row.name, turn.kernel);
        }
        Err(error) => {
            results.add(cpu, &row.name, f64::NAN);
            results.blame(cpu, &row.name, &error.to_string());
        }
    }
}

//! From the start of a process to its first answer, again and again.

use crate::Failure;
use crate::figures::Measure;
use crate::stage::Stage;

/// Starts are dear, and differ little.
const MOST: usize = 5;

pub(super) fn run(stage: &mut Stage, rounds: usize) -> Result<(), Failure> {
    for _ in 0..rounds.min(MOST) {
        for contestant in &mut stage.contestants {
            let (_, took) = contestant.start()?;
            stage
                .results
                .add(Measure::Start, contestant.name, took.as_secs_f64() * 1e3);
        }
    }
    Ok(())
}

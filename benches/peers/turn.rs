//! One turn of one row: some load, what it cost the contestant, and whether it did what it is there for.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::Failure;
use crate::contestant::{Job, Row};
use crate::load::{Load, Tally, ask};
use crate::process::Process;
use crate::stub::COUNTS;

/// Connections of the load, each with one request at a time.
pub(crate) const CONNECTIONS: usize = 32;
/// Of a hundred answers that count as kept, so many may come from the provider after all: what expires.
const REFRESHED: u64 = 2;

/// What a turn has shown.
pub(crate) struct Turn {
    /// The contestant's processor time for each answer, in microseconds.
    pub(crate) cpu: f64,
    /// How much of it was the kernel's, as far as the system's clock can tell.
    pub(crate) kernel: f64,
    pub(crate) tally: Tally,
    /// Why it counts for nothing.
    pub(crate) fault: Option<String>,
}

/// What the provider's stand-in has counted.
#[derive(Clone, Copy)]
pub(crate) struct Counts {
    seen: u64,
    authorised: u64,
}

impl Counts {
    /// Asks it.
    pub(crate) fn ask(upstream: SocketAddr) -> Result<Self, Failure> {
        let mut socket = TcpStream::connect(upstream)?;
        let request = format!("GET {COUNTS} HTTP/1.1\r\n\r\n");
        let answer = String::from_utf8(ask(&mut socket, request.as_bytes())?)?;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let (seen, authorised) = body.split_once(' ').ok_or("the stand-in does not count")?;
        Ok(Self {
            seen: seen.parse()?,
            authorised: authorised.parse()?,
        })
    }

    /// Requests between the two.
    pub(crate) fn seen_until(self, later: Self) -> u64 {
        later.seen - self.seen
    }
}

/// Loads it for so long.
pub(crate) fn turn(
    row: &Row,
    process: &Process,
    upstream: SocketAddr,
    time: Duration,
) -> Result<Turn, Failure> {
    let mut load = Load::open(&row.target, CONNECTIONS)?;
    measured(row.job, process, upstream, || load.closed(time))
}

/// What this load costs.
pub(crate) fn measured(
    job: Job,
    process: &Process,
    upstream: SocketAddr,
    load: impl FnOnce() -> Result<Tally, Failure>,
) -> Result<Turn, Failure> {
    let (counts, ticks, cpu) = (Counts::ask(upstream)?, process.ticks(), process.cpu());
    let tally = load()?;
    let cpu = process.cpu().saturating_sub(cpu);
    let cpu = cpu.as_secs_f64() * 1e6 / float(tally.answers);
    let fault = fault(job, &tally, counts, Counts::ask(upstream)?);
    let [outside, inside] = process.ticks();
    let (outside, inside) = (float(outside - ticks[0]), float(inside - ticks[1]));
    Ok(Turn {
        cpu,
        kernel: cpu * inside / (outside + inside),
        tally,
        fault,
    })
}

/// What a kept answer costs nobody else, and what passes must have reached the provider, with the credential.
fn fault(job: Job, tally: &Tally, before: Counts, after: Counts) -> Option<String> {
    let (seen, authorised) = (after.seen - before.seen, after.authorised - before.authorised);
    let answers = tally.answers;
    if tally.wrong > 0 {
        Some(format!("{} of {answers} answers were wrong", tally.wrong))
    } else if job.is_kept() && seen * 100 > answers * REFRESHED {
        Some(format!("{seen} of {answers} answers were not kept"))
    } else if !job.is_kept() && authorised < answers {
        Some(format!(
            "{authorised} of {answers} reached the provider with the credential"
        ))
    } else {
        None
    }
}

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_done_counts_for_nothing() {
        let tally = |wrong| Tally {
            answers: 1000,
            wrong,
            ..Tally::default()
        };
        let of = |job, wrong, seen: u64, authorised: u64| {
            let before = Counts {
                seen: 7,
                authorised: 7,
            };
            let after = Counts {
                seen: 7 + seen,
                authorised: 7 + authorised,
            };
            fault(job, &tally(wrong), before, after).is_some()
        };
        assert!(!of(Job::CacheHit, 0, 20, 20));
        assert!(of(Job::CacheHit, 0, 21, 21), "a cache that asks the provider");
        assert!(of(Job::CacheHit, 1, 0, 0), "another status");
        assert!(!of(Job::PassThrough, 0, 1000, 1000));
        assert!(of(Job::PassThrough, 0, 1000, 999), "without the credential");
        assert!(of(Job::Normalised, 0, 500, 500), "from a cache");
    }
}

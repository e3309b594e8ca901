//! What the soak found, as text.

use std::fmt::Write;

use crate::measure::Course;
use crate::tally::{Counts, Kind, Promise};

const PROMISES: [(Promise, &str); 4] = [
    (Promise::Lost, "lost requests"),
    (Promise::Wrong, "wrong answers"),
    (Promise::Operated, "reloads, restarts and ends that went wrong"),
    (Promise::Flat, "quantities that grew"),
];

/// All of it.
pub(crate) fn text(counts: &Counts, courses: &[Course], stumbles: u64) -> Result<String, std::fmt::Error> {
    let mut text = "\n".to_owned();
    requests(&mut text, counts)?;
    growth(&mut text, courses)?;
    writeln!(
        text,
        "\ntimes that a replica gave up a store that was there, because an operation took too long: {stumbles}\n"
    )?;
    for (promise, what) in PROMISES {
        let findings = counts.findings.get(&promise);
        let count = findings.map_or(0, |findings| findings.count);
        writeln!(text, "{what}: {count}")?;
        for finding in findings.iter().flat_map(|findings| &findings.first) {
            writeln!(text, "  {finding}")?;
        }
    }
    Ok(text)
}

fn requests(text: &mut String, counts: &Counts) -> std::fmt::Result {
    writeln!(
        text,
        "{:26} {:>8} {:>9} {:>9}  answers",
        "requests", "", "p50 ms", "p99 ms"
    )?;
    let mut all = 0;
    for (name, kind) in &counts.kinds {
        let total: u64 = kind.statuses.values().sum();
        all += total;
        let statuses: Vec<String> = kind
            .statuses
            .iter()
            .map(|(status, count)| format!("{status}: {count}"))
            .collect();
        let [p50, p99] = percentiles(kind);
        writeln!(
            text,
            "{name:26} {total:8} {p50:9.1} {p99:9.1}  {}",
            statuses.join(", ")
        )?;
    }
    writeln!(text, "{:26} {all:8}", "all")
}

fn percentiles(kind: &Kind) -> [f64; 2] {
    let mut took = kind.took.clone();
    took.sort_unstable();
    [50, 99].map(|percent| {
        let at = took.len().saturating_sub(1) * percent / 100;
        took.get(at)
            .map_or(f64::NAN, |micros| f64::from(*micros) / 1000.0)
    })
}

fn growth(text: &mut String, courses: &[Course]) -> std::fmt::Result {
    writeln!(
        text,
        "\n{:26} {:>8} {:>12} {:>12} {:>12}",
        "medians, in calm", "count", "first third", "second", "last"
    )?;
    for Course {
        of,
        quantity,
        count,
        thirds: [first, second, last],
        is_flat,
    } in courses
    {
        let name = format!("{of}: {quantity}");
        let verdict = match is_flat {
            Some(true) => "flat",
            Some(false) => "GROWS",
            None => "too few to say",
        };
        writeln!(
            text,
            "{name:26} {count:8} {first:12.0} {second:12.0} {last:12.0}  {verdict}"
        )?;
    }
    Ok(())
}

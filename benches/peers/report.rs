//! Tables: who, what was measured, and how many times the reference that is.

use std::fmt::Write;

use crate::figures::{Measure, Results};

/// One row for each name, those with the least of `measure` first; `columns` are what is shown of them.
pub(crate) fn table(
    results: &Results,
    title: &str,
    measure: Measure,
    columns: &[(&str, Measure)],
    reference: &str,
) -> String {
    let mut text = format!("\n### {title}\n\n| |");
    // Writing to memory cannot fail.
    for (column, _) in columns {
        write!(text, " {column} |").ok();
    }
    writeln!(text, " times {reference} | ours / it | |").ok();
    let dashes = "---|".repeat(columns.len() + 4);
    writeln!(text, "|{dashes}").ok();
    for name in results.names(measure) {
        write!(text, "| {name} |").ok();
        for (_, column) in columns {
            match results.of(*column, name) {
                Some(figures) => write!(text, " {figures:.1} |"),
                None => write!(text, " - |"),
            }
            .ok();
        }
        for (of, to) in [(name, reference), ("switchboard", name)] {
            match results.ratio((measure, of), (measure, to)) {
                Some(figures) if of != to => write!(text, " {:.2} |", figures.median()),
                _ => write!(text, " - |"),
            }
            .ok();
        }
        match results.fault(measure, name) {
            Some(fault) => writeln!(text, " counts for nothing: {fault} |"),
            None => writeln!(text, " |"),
        }
        .ok();
    }
    text
}

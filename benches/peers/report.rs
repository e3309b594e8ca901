//! Tables: who, what was measured, and how many times the reference that is.

use std::fmt::Write;

use crate::figures::{Measure, Results};

/// One row for each name, those with the least of `measure` first; `columns` are what is shown of them, and with how
/// many digits.
pub(crate) fn table(
    results: &Results,
    title: &str,
    measure: Measure,
    columns: &[(&str, Measure, usize)],
    reference: &str,
) -> String {
    let mut text = format!("\n### {title}\n\n| |");
    // Writing to memory cannot fail.
    for (column, ..) in columns {
        write!(text, " {column} |").ok();
    }
    writeln!(text, " times {reference} | ours / it | |").ok();
    let dashes = "---|".repeat(columns.len() + 4);
    writeln!(text, "|{dashes}").ok();
    for name in results.names(measure) {
        write!(text, "| {name} |").ok();
        for (_, column, digits) in columns {
            match results.of(*column, name) {
                Some(figures) => write!(text, " {figures:.digits$} |"),
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

/// One row for each pair: what there is little of, what there is much of, and the measures of both.
pub(crate) fn pairs(
    results: &Results,
    title: &str,
    pairs: &[(&str, &str)],
    measures: [(&str, Measure, usize); 2],
) -> String {
    let [(unit, measure, _), (other, ..)] = measures;
    let mut text = format!("\n### {title}\n\n| little | much | {unit} | | much / little | {other} | |\n");
    text.push_str("|---|---|---|---|---|---|---|\n");
    for (little, much) in pairs {
        let figures = |name, (_, measure, digits): (&str, Measure, usize)| {
            let figures = results.of(measure, name);
            figures.map_or("-".to_owned(), |figures| format!("{figures:.digits$}"))
        };
        let [first, second] = measures.map(|of| [figures(little, of), figures(much, of)].join(" | "));
        let ratio = results.ratio((measure, much), (measure, little));
        let ratio = ratio.map_or("-".to_owned(), |ratio| ratio.to_string());
        // Writing to memory cannot fail.
        writeln!(text, "| {little} | {much} | {first} | {ratio} | {second} |").ok();
    }
    text
}

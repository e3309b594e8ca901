//! The figures as text. Ratios are made within a round; what is shown is their median over all rounds.

use std::fmt;
use std::io::{self, Write};

use crate::rounds::{CALLS, Cost, ROUNDS};

/// Costs and ratios over sockets. The first server is what the others are compared with.
pub(crate) fn sockets(connections: usize, names: &[&str], costs: &[Vec<Cost>]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "\nSockets, {connections} at once: medians of {ROUNDS} rounds, µs for each request"
    )?;
    writeln!(out, "{:32} {:>12} {:>8}", "", "server's CPU", "clock")?;
    for (name, costs) in names.iter().zip(costs) {
        let (cpu, wall) = (
            Figures::of(costs, |cost| cost.cpu),
            Figures::of(costs, |cost| cost.wall),
        );
        writeln!(out, "{name:32} {:12.2} {:8.2}", cpu.median(), wall.median())?;
    }
    let Some(((first, bare), others)) = names
        .split_first()
        .zip(costs.split_first())
        .map(|((first, names), (bare, costs))| ((first, bare), names.iter().zip(costs)))
    else {
        return Ok(());
    };
    for (name, costs) in others {
        let rounds: Vec<_> = costs.iter().zip(bare).collect();
        let cpu = Figures::of(&rounds, |(cost, bare)| cost.cpu / bare.cpu);
        let wall = Figures::of(&rounds, |(cost, bare)| cost.wall / bare.wall);
        writeln!(
            out,
            "{name} / {first} (sockets, {connections} at once, CPU): {cpu}"
        )?;
        writeln!(
            out,
            "{name} / {first} (sockets, {connections} at once, clock): {wall}"
        )?;
    }
    Ok(())
}

/// Costs of a call of the stack.
pub(crate) fn in_process(names: &[&str], costs: &[Vec<f64>]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "\nNo sockets: medians of {ROUNDS} rounds of {CALLS} calls of the stack, µs CPU for each"
    )?;
    for (name, costs) in names.iter().zip(costs) {
        writeln!(out, "{name} (in process): {}", Figures::of(costs, |cost| *cost))?;
    }
    Ok(())
}

/// Measurements of one thing, in order of size.
struct Figures(Vec<f64>);

impl Figures {
    fn of<T>(rounds: &[T], figure: impl Fn(&T) -> f64) -> Self {
        let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        Self(figures)
    }

    /// The figure below which so many of four quarters lie.
    fn quartile(&self, quarters: usize) -> f64 {
        let place = self.0.len().saturating_sub(1) * quarters / 4;
        self.0.get(place).copied().unwrap_or(f64::NAN)
    }

    fn median(&self) -> f64 {
        self.quartile(2)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, median, high) = (self.quartile(1), self.median(), self.quartile(3));
        write!(f, "{median:.2} (p25 {low:.2}, p75 {high:.2})")
    }
}

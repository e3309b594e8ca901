//! The gateway beside its peers on one machine: what a request costs each of them, what memory they take, how soon and
//! how fast they answer; and every goal of the gateway with its figure. `benches/README.md` says how it is measured.

mod answer;
mod contestant;
mod figures;
mod floor;
mod gateway;
mod goals;
mod load;
mod machine;
mod peers;
mod process;
mod report;
mod sections;
mod site;
mod stage;
mod stub;
mod turn;

use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use rustix::process::nice;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::task::LocalSet;

use crate::gateway::Kind;
use crate::sections::{Choice, Section};
use crate::stage::Stage;

/// Whatever makes it impossible to go on.
type Failure = Box<dyn Error + Send + Sync>;

/// The gateway beside its peers.
#[derive(Parser)]
enum Arguments {
    /// Measures, and prints tables.
    Measure(Settings),
    /// Stands for the provider.
    Stub {
        /// Where it listens.
        listen: SocketAddr,
    },
    /// The HTTP library and nothing else.
    Floor {
        /// The provider.
        upstream: SocketAddr,
        /// Where it passes requests on.
        proxy: SocketAddr,
        /// Where it answers by itself.
        cached: SocketAddr,
    },
}

/// What to measure, and how long.
#[derive(clap::Args)]
struct Settings {
    /// The gateway's program.
    gateway: PathBuf,
    /// Where peers were unpacked.
    peers: PathBuf,
    /// Parts, separated by commas or spaces; none is all.
    #[arg(long, default_value = "")]
    only: Choice,
    /// Rounds of everything that is compared by processor time.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Requests after which memory must be what it was after a quarter of them.
    #[arg(long, default_value_t = 1_000_000)]
    requests: u64,
    /// Whether it fails if a goal is missed: 1.
    #[arg(long, default_value = "")]
    strict: String,
}

fn main() -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match Arguments::parse() {
        Arguments::Stub { listen } => stub::serve(listen).map(|()| ExitCode::SUCCESS),
        Arguments::Floor {
            upstream,
            proxy,
            cached,
        } => {
            let floor = floor::serve(upstream, proxy, cached);
            LocalSet::new().block_on(&runtime, floor)?;
            Ok(ExitCode::SUCCESS)
        }
        Arguments::Measure(settings) => runtime.block_on(measure(settings)),
    }
}

/// Measures on a thread of its own, so that a signal is heard meanwhile. Nothing outlives it.
async fn measure(settings: Settings) -> Result<ExitCode, Failure> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let folder = stage::folder()?;
    let (tell, told) = oneshot::channel();
    let path = folder.path().to_owned();
    std::thread::Builder::new().spawn(move || {
        // Nobody listens any more if it was interrupted.
        tell.send(run(&settings, &path)).ok();
    })?;
    let result = tokio::select! {
        _ = term.recv() => Err("interrupted".into()),
        _ = int.recv() => Err("interrupted".into()),
        result = told => result?,
    };
    process::end_all();
    result
}

fn run(settings: &Settings, folder: &std::path::Path) -> Result<ExitCode, Failure> {
    // Before other work of the machine, if that is permitted.
    nice(-10).ok();
    let mut stage = Stage::begin(settings, folder)?;
    say(&stage.description())?;
    for section in Section::ALL {
        if settings.only.has(section) {
            section.run(&mut stage, settings)?;
            say(&section.text(&stage.results, settings))?;
        }
    }
    let (goals, missed) = goals::text(&stage.results);
    say(&goals)?;
    say(&stage.end())?;
    if stage.results.is_blamed(Kind::USUAL.name) {
        return Err("the gateway did not do what it was asked, so this is no measurement of it".into());
    }
    let is_failed = missed > 0 && settings.strict == "1";
    Ok(if is_failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

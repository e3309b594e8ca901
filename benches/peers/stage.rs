//! All contestants, what stands for their provider, and what has been measured so far.

use std::fmt::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;

use crate::contestant::Contestant;
use crate::figures::Results;
use crate::gateway::{Kind, gateway};
use crate::machine::{Core, Times, description, has_two_cores, keep_to, pause, permit_descriptors};
use crate::peers::PEERS;
use crate::process::Process;
use crate::site::Site;
use crate::{Failure, Settings};

/// A folder in memory where there is one, so that no disk has a part in what is measured.
const MEMORY: &str = "/dev/shm";

/// What sections work with.
pub(crate) struct Stage {
    pub(crate) site: Site,
    pub(crate) contestants: Vec<Contestant>,
    pub(crate) results: Results,
    /// Who is left out, and why.
    absent: Vec<(&'static str, String)>,
    begun: Instant,
    times: Times,
    /// Answers as long as it is there.
    _stub: Process,
}

/// For files of a run.
pub(crate) fn folder() -> Result<TempDir, Failure> {
    let builder = tempfile::Builder::new().prefix("bench-peers-").to_owned();
    let folder = builder.tempdir_in(MEMORY).or_else(|_| builder.tempdir());
    Ok(folder?)
}

impl Stage {
    pub(crate) fn begin(settings: &Settings, folder: &Path) -> Result<Self, Failure> {
        if !has_two_cores()? {
            return Err("it needs two cores: one for who is measured, one for the load".into());
        }
        keep_to(Core::Load)?;
        permit_descriptors()?;
        let site = Site::new(&settings.gateway, &settings.peers, folder)?;
        let upstream = site.upstream.to_string();
        let mut command = Command::new(&site.own);
        let stub = Process::start(command.args(["stub", &upstream]), Core::Load, &site.log("stub")?)?;
        for _ in 0..1000 {
            if TcpStream::connect(site.upstream).is_ok() {
                break;
            }
            pause(Duration::from_millis(1));
        }
        let mut stage = Self {
            contestants: vec![gateway(&site, &Kind::USUAL)?],
            site,
            results: Results::default(),
            absent: Vec::new(),
            begun: Instant::now(),
            times: Times::now(),
            _stub: stub,
        };
        for (name, peer) in PEERS {
            match peer(&stage.site) {
                Ok(contestant) => stage.contestants.push(contestant),
                Err(error) => stage.absent.push((name, error.to_string())),
            }
        }
        stage.leave_out_who_does_not_start()?;
        Ok(stage)
    }

    /// A peer may be missing; the gateway may not.
    fn leave_out_who_does_not_start(&mut self) -> Result<(), Failure> {
        let mut there = Vec::new();
        for mut contestant in self.contestants.drain(..) {
            match contestant.start() {
                Ok(_) => there.push(contestant),
                Err(error) if contestant.name == Kind::USUAL.name => return Err(error),
                Err(error) => self.absent.push((contestant.name, error.to_string())),
            }
        }
        self.contestants = there;
        Ok(())
    }

    /// The machine, and who takes part.
    pub(crate) fn description(&self) -> String {
        let mut text = format!("{}.\n\n", description());
        for contestant in &self.contestants {
            let version = contestant.version().unwrap_or_default();
            // Writing to memory cannot fail.
            writeln!(text, "- {} {version}", contestant.name).ok();
        }
        for (name, why) in &self.absent {
            let why = why.lines().next_back().unwrap_or_default();
            writeln!(text, "- {name}: left out: {why}").ok();
        }
        text
    }

    /// How long it took, and how much of the machine's time others had.
    pub(crate) fn end(&self) -> String {
        format!(
            "\nIt took {} s. The host gave {:.1} % of the machine's time to others.\n",
            self.begun.elapsed().as_secs(),
            Times::now().stolen_since(self.times)
        )
    }
}

//! Where things are: programs, the folder of this run, free ports; and the texts that contestants are configured with.

use std::cell::Cell;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Failure;

/// The folder of what contestants print.
const LOGS: &str = "logs";

/// What a measurement has to work with.
pub(crate) struct Site {
    /// The gateway's program.
    pub(crate) gateway: PathBuf,
    /// Pingora's, if it could be built.
    pub(crate) pingora: PathBuf,
    /// Where peers were unpacked.
    peers: PathBuf,
    /// This program, which is the stand-in and the floors too.
    pub(crate) own: PathBuf,
    /// For files of this run.
    pub(crate) folder: PathBuf,
    /// Where what stands for the provider listens.
    pub(crate) upstream: SocketAddr,
    port: Cell<u16>,
}

impl Site {
    pub(crate) fn new(gateway: &Path, peers: &Path, folder: &Path) -> Result<Self, Failure> {
        let own = std::env::current_exe()?;
        let mut site = Self {
            gateway: gateway.canonicalize()?,
            pingora: own.with_file_name("peer-pingora"),
            peers: peers.canonicalize()?,
            own,
            folder: folder.to_owned(),
            upstream: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            // Below those of outgoing connections.
            port: Cell::new(20_000 + u16::try_from(std::process::id() % 1000 * 10)?),
        };
        site.upstream = site.address()?;
        Ok(site)
    }

    /// A free one.
    pub(crate) fn address(&self) -> Result<SocketAddr, Failure> {
        for _ in 0..1000 {
            self.port.set(self.port.get() + 1);
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port.get()));
            if TcpListener::bind(address).is_ok() {
                return Ok(address);
            }
        }
        Err("no free port".into())
    }

    /// A file of this run.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Where what a contestant prints goes: not beside its configuration, a folder that the gateway watches.
    pub(crate) fn log(&self, name: &str) -> Result<PathBuf, Failure> {
        let folder = self.file(LOGS);
        fs::create_dir_all(&folder)?;
        Ok(folder.join(name))
    }

    /// Writes a file of this run, with the words between @ replaced; where it is.
    pub(crate) fn write(&self, name: &str, text: &str, words: &[(&str, &str)]) -> Result<String, Failure> {
        let path = self.file(name);
        fs::write(&path, replaced(text, words))?;
        Ok(path.display().to_string())
    }

    /// What was unpacked for this program, if it was.
    pub(crate) fn unpacked(&self, program: &str) -> Option<PathBuf> {
        let folder = self.peers.join(program);
        folder.is_dir().then_some(folder)
    }

    /// How to start it: as it was unpacked, with the libraries that came with it, or as it is installed.
    pub(crate) fn program(&self, program: &str) -> Command {
        let Some(folder) = self.unpacked(program) else {
            return Command::new(program);
        };
        let places = ["usr/sbin", "envoy/_bin", "bin"].map(|place| folder.join(place).join(program));
        let unpacked = places.iter().find(|place| place.is_file());
        let mut command = Command::new(unpacked.map_or(Path::new(program), PathBuf::as_path));
        command.env("LD_LIBRARY_PATH", libraries(&folder).join(":"));
        command
    }

    /// Forgets logs, which would fill the memory.
    pub(crate) fn forget_logs(&self) -> Result<(), Failure> {
        for entry in self.file(LOGS).read_dir()? {
            File::options().write(true).open(entry?.path())?.set_len(0)?;
        }
        Ok(())
    }
}

/// A text with the words between @ replaced.
pub(crate) fn replaced(text: &str, words: &[(&str, &str)]) -> String {
    words.iter().fold(text.to_owned(), |text, (word, value)| {
        text.replace(&format!("@{word}@"), value)
    })
}

/// Debian has libraries in a folder for each architecture.
pub(crate) fn libraries(folder: &Path) -> Vec<String> {
    let inside = ["usr/lib", "lib"].map(|place| fs::read_dir(folder.join(place)));
    let folders = inside.into_iter().flatten().flatten().flatten();
    folders.map(|entry| entry.path().display().to_string()).collect()
}

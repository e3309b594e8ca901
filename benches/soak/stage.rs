//! The processes of a soak: the providers' stand-in, the store, and two replicas of the gateway.

use std::fs::Permissions;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use crate::http::get;
use crate::process::Process;
use crate::settings::{Fixed, Keys, Variant, text};
use crate::weather::Weather;
use crate::{Failure, redis};

/// How long a process may take to be ready, on a machine that has other things to do.
const READY: Duration = Duration::from_secs(30);
/// `drain_delay`, `drain_timeout`, and the same again.
const END: Duration = Duration::from_secs(44);

/// All processes.
pub(crate) struct Stage {
    binary: PathBuf,
    folder: PathBuf,
    /// Of the sandbox.
    pub(crate) sandbox: SocketAddr,
    sandbox_process: Process,
    /// Of the store.
    pub(crate) store: SocketAddr,
    store_process: Option<Process>,
    pub(crate) replicas: [Replica; 2],
    /// Whether the program knows `store.redis`.
    pub(crate) has_store: bool,
    weather: Arc<Weather>,
}

/// A gateway.
pub(crate) struct Replica {
    pub(crate) fixed: Fixed,
    /// Its configuration lies in a folder of its own, where nothing else changes.
    folder: PathBuf,
    pub(crate) log: PathBuf,
    process: Option<Process>,
    /// How often it was started.
    pub(crate) starts: u64,
}

impl Stage {
    /// Starts everything in a new folder.
    pub(crate) async fn start(
        binary: &Path,
        folder: &Path,
        keys: &Keys,
        weather: &Arc<Weather>,
    ) -> Result<Self, Failure> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder)?;
        let mut ports = Ports::new();
        let (sandbox, store) = (ports.next()?, ports.next()?);
        let mut command = Command::new(binary);
        command.args(["sandbox", "--listen", &sandbox.to_string()]);
        let sandbox_process = Process::start(&mut command, &folder.join("sandbox.log"), weather)?;
        ready("the sandbox", async || TcpStream::connect(sandbox).await.is_ok()).await?;
        let mut replica = |name: &str| -> Result<Replica, Failure> {
            Ok(Replica {
                fixed: Fixed {
                    listen: ports.next()?,
                    admin: ports.next()?,
                    sandbox,
                    store: Some(store),
                },
                folder: folder.join(name),
                log: folder.join(format!("{name}.log")),
                process: None,
                starts: 0,
            })
        };
        let replicas = [replica("replica-1")?, replica("replica-2")?];
        let mut stage = Self {
            binary: binary.to_owned(),
            folder: folder.to_owned(),
            sandbox,
            sandbox_process,
            store,
            store_process: None,
            replicas,
            has_store: true,
            weather: Arc::clone(weather),
        };
        stage.begin(keys).await?;
        Ok(stage)
    }

    async fn begin(&mut self, keys: &Keys) -> Result<(), Failure> {
        for replica in &mut self.replicas {
            replica.configure(keys, Variant::USUAL)?;
        }
        self.has_store = self.replicas[0].is_valid(&self.binary).await?;
        if self.has_store {
            self.start_store().await?;
        } else {
            for replica in &mut self.replicas {
                replica.fixed.store = None;
                replica.configure(keys, Variant::USUAL)?;
            }
        }
        for replica in &mut self.replicas {
            replica.start(&self.binary, &self.weather).await?;
        }
        Ok(())
    }

    /// A store with nothing in it.
    pub(crate) async fn start_store(&mut self) -> Result<(), Failure> {
        let port = self.store.port().to_string();
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &port]);
        command
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(&self.folder);
        self.store_process = Some(Process::start(
            &mut command,
            &self.folder.join("store.log"),
            &self.weather,
        )?);
        ready("the store", async || redis::keys(self.store).await.is_ok()).await
    }

    /// Ends the store as a failure of its machine would.
    pub(crate) async fn kill_store(&mut self) -> Result<(), Failure> {
        match self.store_process.take() {
            Some(process) => process.kill().await,
            None => Ok(()),
        }
    }

    /// Restarts a replica in order.
    pub(crate) async fn restart(&mut self, index: usize) -> Result<(), Failure> {
        let replica = self.replicas.get_mut(index).ok_or("no such replica")?;
        replica.end().await?;
        replica.start(&self.binary, &self.weather).await
    }

    /// Ends everything in order.
    pub(crate) async fn end(mut self) -> Result<(), Failure> {
        for replica in &mut self.replicas {
            replica.end().await?;
        }
        self.kill_store().await?;
        self.sandbox_process.end(END).await?;
        Ok(())
    }
}

impl Replica {
    /// Writes its configuration.
    pub(crate) fn configure(&self, keys: &Keys, variant: Variant) -> Result<(), Failure> {
        std::fs::create_dir_all(&self.folder)?;
        let secrets = [
            ("secret", "a secret of both replicas"),
            ("username", "SKsandbox"),
            ("password", "sandbox"),
        ];
        for (file, secret) in secrets {
            let file = self.folder.join(file);
            if !file.exists() {
                std::fs::write(&file, secret)?;
                std::fs::set_permissions(file, Permissions::from_mode(0o600))?;
            }
        }
        Ok(std::fs::write(self.config(), text(&self.fixed, keys, variant))?)
    }

    /// The same, but the new file takes the place of the old one at once.
    pub(crate) fn replace(&self, keys: &Keys, variant: Variant) -> Result<(), Failure> {
        let file = self.folder.join("new");
        std::fs::write(&file, text(&self.fixed, keys, variant))?;
        Ok(std::fs::rename(file, self.config())?)
    }

    /// Has it read its configuration again.
    pub(crate) fn hang_up(&self) -> Result<(), Failure> {
        self.process
            .as_ref()
            .map_or(Ok(()), |process| process.signal(Signal::HUP))
    }

    /// The id of its process.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(|process| process.pid)
    }

    async fn start(&mut self, binary: &Path, weather: &Arc<Weather>) -> Result<(), Failure> {
        let mut command = Command::new(binary);
        command.args(["serve", "--config"]).arg(self.config());
        self.process = Some(Process::start(&mut command, &self.log, weather)?);
        self.starts += 1;
        let admin = self.fixed.admin;
        ready("a replica", async || {
            get(admin, "/readyz").await.is_ok_and(|(status, _)| status == 200)
        })
        .await
    }

    async fn end(&mut self) -> Result<(), Failure> {
        let Some(process) = self.process.take() else {
            return Ok(());
        };
        let status = process.end(END).await?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("a replica ended with {status}").into())
        }
    }

    async fn is_valid(&self, binary: &Path) -> Result<bool, Failure> {
        let mut command = Command::new(binary);
        let output = command
            .args(["check", "--config"])
            .arg(self.config())
            .output()
            .await?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        match output.status.success() {
            true => Ok(true),
            false if text.contains("store.redis") => Ok(false),
            false => Err(format!("the configuration is refused: {text}").into()),
        }
    }

    fn config(&self) -> PathBuf {
        self.folder.join("config.toml")
    }
}

/// Waits until it is so.
async fn ready(what: &str, is_ready: impl AsyncFn() -> bool) -> Result<(), Failure> {
    let end = Instant::now() + READY;
    while !is_ready().await {
        if Instant::now() > end {
            return Err(format!("{what} is not ready after {READY:?}").into());
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Free ports below the range from which the kernel takes those of outgoing connections, so that a replica finds its
/// own again.
struct Ports(u16);

impl Ports {
    fn new() -> Self {
        let offset = std::process::id() % 1000 * 10;
        Self(20_000 + u16::try_from(offset).unwrap_or_default())
    }

    fn next(&mut self) -> Result<SocketAddr, Failure> {
        for _ in 0..1000 {
            self.0 += 1;
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.0));
            if TcpListener::bind(address).is_ok() {
                return Ok(address);
            }
        }
        Err("no free port".into())
    }
}

//! What the gateway tells the manager of services that has started it.

use std::fs;
use std::os::unix::net::UnixDatagram;

use tempfile::TempDir;

use crate::rig::process::{Serving, program, sandbox_config};

/// One that listens to a gateway of its own.
struct Manager {
    socket: UnixDatagram,
    folder: TempDir,
    gateway: Serving,
}

impl Manager {
    fn start(environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.toml"), sandbox_config("")).unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let mut command = program(folder.path(), &[]);
        command.env("NOTIFY_SOCKET", path);
        command.envs(environment.iter().copied());
        let gateway = Serving::start(command);
        Self {
            socket,
            folder,
            gateway,
        }
    }

    /// What it says next.
    fn hears(&self) -> String {
        let mut bytes = [0; 4096];
        let length = self.socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }
}

#[test]
fn it_says_when_it_serves_reads_its_configuration_again_and_ends() {
    let manager = Manager::start(&[]);
    assert_eq!(manager.hears(), "READY=1\n");
    for change in ["", "\n[server]\n", "and a fault"] {
        let file = manager.folder.path().join("config.toml");
        // One that cannot be used is read as well.
        fs::write(&file, sandbox_config("") + change).unwrap();
        manager.gateway.signal("HUP");
        let said = manager.hears();
        let now = said.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
        assert!(now.trim_end().parse::<u64>().unwrap() > 0);
        assert_eq!(manager.hears(), "READY=1\n");
    }
    manager.gateway.signal("TERM");
    assert_eq!(manager.hears(), "STOPPING=1\n");
    assert_eq!(manager.gateway.end().0, Some(0));
}

#[test]
fn it_says_that_it_lives_as_often_as_it_is_to() {
    let manager = Manager::start(&[("WATCHDOG_USEC", "20000")]);
    let mut said: Vec<_> = (0..5).map(|_| manager.hears()).collect();
    said.retain(|said| said != "READY=1\n");
    assert_eq!(said, ["WATCHDOG=1\n"; 4]);
}

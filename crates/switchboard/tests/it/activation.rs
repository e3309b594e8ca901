//! Sockets that were listened on before the gateway started, and live on after it.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use tempfile::TempDir;

use crate::drain::Tally;
use crate::rig::process::{Serving, get, sandbox_config, text};

const CLIENTS: usize = 8;

/// What stands in for the service manager: it hands over standard input, and standard error if there are two names.
const HAND_OVER: &str = r#"
case $LISTEN_FDNAMES in
*:*) export LISTEN_FDS=2; exec 3<&0 4<&2 2>/dev/null ;;
*) export LISTEN_FDS=1; exec 3<&0 ;;
esac
export LISTEN_PID=${LISTEN_PID:-$$}
exec "$0" serve </dev/null
"#;

fn listen(address: &str) -> (TcpListener, SocketAddr) {
    let socket = TcpListener::bind(address).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// The program with this socket under this name.
fn given(folder: &TempDir, names: &str, socket: &TcpListener) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", HAND_OVER, env!("CARGO_BIN_EXE_switchboard")])
        .env_remove("SWITCHBOARD_CONFIG")
        .env("LISTEN_FDNAMES", names)
        .current_dir(folder.path())
        .stdin(copy(socket))
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

fn copy(socket: &TcpListener) -> Stdio {
    OwnedFd::from(socket.try_clone().unwrap()).into()
}

fn folder(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), config).unwrap();
    folder
}

/// The end of one that does not start.
fn refused(config: &str, names: &str, socket: &TcpListener) -> String {
    let folder = folder(config);
    let mut command = given(&folder, names, socket);
    let Output { status, stderr, .. } = command.stderr(Stdio::piped()).output().unwrap();
    assert_eq!(status.code(), Some(1));
    text(&stderr).to_owned()
}

#[test]
fn it_takes_the_place_of_the_address_of_that_listener() {
    let (socket, address) = listen("127.0.0.1:0");
    let (_taken, elsewhere) = listen("127.0.0.1:0");
    // Nobody else could listen there.
    let config = sandbox_config("").replacen("127.0.0.1:0", &elsewhere.to_string(), 1);
    let folder = folder(&config);
    let mut gateway = Serving::with_log(given(&folder, "api", &socket));
    assert_eq!(gateway.address("API"), address);
    let admin = gateway.address("admin");
    assert!(get(address, "/v1/connections", "").starts_with("HTTP/1.1 200"));
    let shown = get(admin, "/config", "");
    assert!(shown.contains(&address.to_string()), "{shown}");
}

#[test]
fn one_that_nobody_would_serve_is_refused() {
    let (socket, _) = listen("127.0.0.1:0");
    let said = refused(&sandbox_config(""), "switchboard.socket", &socket);
    assert!(
        said.contains("\"switchboard.socket\" was handed over; name it \"api\" or \"admin\""),
        "{said}"
    );
}

#[test]
fn one_for_another_process_is_left_alone() {
    let (socket, address) = listen("127.0.0.1:0");
    let folder = folder(&sandbox_config(""));
    let mut command = given(&folder, "api", &socket);
    // As children of a service inherit it.
    command.env("LISTEN_PID", "1");
    let mut gateway = Serving::with_log(command);
    assert_ne!(gateway.address("API"), address);
}

/// Asks on one connection after another. None is refused.
fn ask(address: SocketAddr, answered: &AtomicUsize, enough: &AtomicBool) -> Tally {
    let mut tally = Tally::default();
    while !enough.load(Ordering::Relaxed) {
        tally.ask_while_kept(TcpStream::connect(address).unwrap(), || {
            answered.fetch_add(1, Ordering::Relaxed);
            !enough.load(Ordering::Relaxed)
        });
    }
    tally
}

#[test]
fn nobody_is_refused_or_lost_while_it_is_started_again() {
    const RESTARTS: usize = 3;
    let (socket, address) = listen("127.0.0.1:0");
    let folder = folder(&sandbox_config("drain_timeout = \"1h\"\n"));
    let (answered, enough) = <(Arc<AtomicUsize>, Arc<AtomicBool>)>::default();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (answered, enough) = (Arc::clone(&answered), Arc::clone(&enough));
            thread::spawn(move || ask(address, &answered, &enough))
        })
        .collect();
    for run in 0..=RESTARTS {
        let before = answered.load(Ordering::Relaxed);
        let mut gateway = Serving::with_log(given(&folder, "api", &socket));
        assert_eq!(gateway.address("API"), address);
        while answered.load(Ordering::Relaxed) < before + 20 * CLIENTS {
            assert!(!clients.iter().any(thread::JoinHandle::is_finished), "run {run}");
            thread::yield_now();
        }
        if run == RESTARTS {
            enough.store(true, Ordering::Relaxed);
            let tallies = clients.into_iter().map(|client| client.join().unwrap());
            let all = tallies.fold(Tally::default(), Tally::with);
            assert_eq!(all.lost, 0, "{all:?}");
            return;
        }
        gateway.signal("TERM");
        assert_eq!(gateway.end().0, Some(0));
    }
}

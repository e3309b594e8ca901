//! A gateway that is told to end while clients go on asking.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::rig::process::{Serving, program, sandbox_config};

const CLIENTS: usize = 8;

/// What became of one client's requests.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) answered: usize,
    pub(crate) told_to_leave: usize,
    pub(crate) lost: usize,
}

/// One answer. `None` if the connection ended before it was whole.
fn answer(socket: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if socket.read(&mut byte).ok()? == 0 {
            return None;
        }
        bytes.extend(byte);
    }
    let head = String::from_utf8(bytes).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))?;
    let mut body = vec![0; length.parse().unwrap()];
    socket.read_exact(&mut body).ok()?;
    Some(head)
}

/// Asks on one connection after another, each for as long as the gateway keeps it, until there is none to be had.
fn ask_to_the_end(address: SocketAddr, answered: &AtomicUsize) -> Tally {
    let mut tally = Tally::default();
    while let Ok(socket) = TcpStream::connect(address) {
        tally.ask_while_kept(socket, || {
            answered.fetch_add(1, Ordering::Relaxed);
            true
        });
    }
    tally
}

impl Tally {
    /// Asks on one connection for as long as the gateway keeps it, and after each answer whether to go on.
    pub(crate) fn ask_while_kept(&mut self, mut socket: TcpStream, go_on: impl Fn() -> bool) {
        let address = socket.peer_addr().unwrap();
        loop {
            let request = format!("GET /v1/connections HTTP/1.1\r\nhost: {address}\r\n\r\n");
            match socket.write_all(request.as_bytes()) {
                Ok(()) => {}
                Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
                    self.lost += 1;
                    return;
                }
                Err(error) => panic!("{error}"),
            }
            let Some(head) = answer(&mut socket) else {
                self.lost += 1;
                return;
            };
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
            self.answered += 1;
            let is_last = head.contains("connection: close");
            self.told_to_leave += usize::from(is_last);
            if !go_on() || is_last {
                return;
            }
        }
    }

    /// Both together.
    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            answered: self.answered + other.answered,
            told_to_leave: self.told_to_leave + other.told_to_leave,
            lost: self.lost + other.lost,
        }
    }
}

/// Ends one under load, and gives what all clients saw together.
fn end_under_load(server: &str) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let config = sandbox_config("").replace("drain_delay = \"0s\"\n", server);
    fs::write(folder.path().join("config.toml"), config).unwrap();
    let mut gateway = Serving::start(program(folder.path(), &[]));
    let address = gateway.address("API");
    let answered = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let answered = Arc::clone(&answered);
            thread::spawn(move || ask_to_the_end(address, &answered))
        })
        .collect();
    while answered.load(Ordering::Relaxed) < 20 * CLIENTS {
        thread::yield_now();
    }
    gateway.signal("TERM");
    let tallies = clients.into_iter().map(|client| client.join().unwrap());
    let all = tallies.fold(Tally::default(), Tally::with);
    assert_eq!(gateway.end().0, Some(0));
    all
}

#[test]
fn no_request_is_lost_and_each_client_is_asked_to_leave() {
    let seen = end_under_load("drain_delay = \"300ms\"\ndrain_timeout = \"1h\"\n");
    // While it waits to be taken out of rotation, new connections are served, one request each.
    assert!(seen.told_to_leave > CLIENTS, "{seen:?}");
    assert_eq!(seen.lost, 0, "{seen:?}");
}

#[test]
fn nor_where_it_ends_at_once() {
    let seen = end_under_load("drain_delay = \"0s\"\ndrain_timeout = \"1h\"\n");
    assert!(seen.told_to_leave >= CLIENTS, "{seen:?}");
    assert_eq!(seen.lost, 0, "{seen:?}");
}

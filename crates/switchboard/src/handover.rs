//! Sockets that a service manager listens on and hands over, as systemd does with `LISTEN_FDS`. They live on when the
//! process ends, so that nobody is refused until the next one runs.

use std::io;
use std::net::TcpListener;

use listenfd::ListenFd;

use crate::config::Listening;

/// The sockets, each by the name of its listener.
#[derive(Debug, Default)]
pub struct Handover {
    /// `api`: instead of one at `server.listen`.
    pub api: Option<TcpListener>,
    /// `admin`: instead of one at `server.admin_listen`.
    pub admin: Option<TcpListener>,
}

impl Handover {
    /// Takes them. They are taken once, before the first thread starts: what told of them leaves the environment.
    pub fn take() -> Result<Self, String> {
        let mut taken = Self::default();
        // They may be another process's, and their names are there too then.
        if sd_notify::listen_fds().map_err(faulty)?.len() == 0 {
            return Ok(taken);
        }
        let descriptors = sd_notify::listen_fds_with_names().map_err(faulty)?;
        let names: Vec<String> = descriptors.map(|(_, name)| name).collect();
        let mut sockets = ListenFd::from_env();
        for (index, name) in names.iter().enumerate() {
            let socket = sockets.take_tcp_listener(index).map_err(faulty)?;
            if taken.place(name)?.replace(socket.ok_or(FAULTY)?).is_some() {
                return Err(format!(
                    "two sockets named {name:?} were handed over, and there is one such listener"
                ));
            }
        }
        Ok(taken)
    }

    /// Where they are.
    pub fn listening(&self) -> Result<Listening, String> {
        let at = |socket: &Option<TcpListener>| {
            let address = socket.as_ref().map(TcpListener::local_addr);
            address.transpose().map_err(faulty)
        };
        Ok(Listening {
            api: at(&self.api)?,
            admin: at(&self.admin)?,
        })
    }

    fn place(&mut self, name: &str) -> Result<&mut Option<TcpListener>, String> {
        match name {
            "api" => Ok(&mut self.api),
            "admin" => Ok(&mut self.admin),
            // Nobody would serve those who connect there.
            _ => Err(format!(
                "a socket named {name:?} was handed over; name it \"api\" or \"admin\" (FileDescriptorName=)"
            )),
        }
    }
}

const FAULTY: &str = "the sockets that were handed over cannot be used";

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn faulty(error: io::Error) -> String {
    format!("{FAULTY}: {error}")
}

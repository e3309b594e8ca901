//! The load: connections that stay open, with one request at a time on each, from one thread on epoll. `closed` sends
//! the next request when an answer is there, `at_rate` when it is due, whatever has become of those before.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
};
use tokio::time::Instant;

use crate::Failure;
use crate::answer::Answer;

/// For one answer where nothing else is going on, and for the last ones of a turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// The event of the timer; those of connections are their places.
const TIMER: u64 = u64::MAX;

/// What is sent where, and what the answers must be.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// Sent in turn, again and again.
    pub(crate) requests: Vec<Vec<u8>>,
    pub(crate) status: u16,
    /// What is in the body of each answer that has one: looked for in the first of each connection.
    pub(crate) marker: &'static str,
}

/// What has been answered.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) answers: u64,
    /// Those of another status, and connections that were lost.
    pub(crate) wrong: u64,
    pub(crate) bytes: u64,
    pub(crate) took: Duration,
    /// From the moment that a request was due.
    pub(crate) latencies: Vec<Duration>,
}

/// Connections to one target.
pub(crate) struct Load<'t> {
    target: &'t Target,
    epoll: OwnedFd,
    connections: Vec<Connection>,
    next: usize,
    events: Vec<Event>,
    buffer: Vec<u8>,
}

struct Connection {
    socket: TcpStream,
    answer: Vec<u8>,
    due: Instant,
}

impl<'t> Load<'t> {
    /// Opens them, and has one request answered on each.
    pub(crate) fn open(target: &'t Target, connections: usize) -> Result<Self, Failure> {
        let mut load = Self {
            target,
            epoll: epoll::create(CreateFlags::CLOEXEC)?,
            connections: Vec::with_capacity(connections),
            next: 0,
            events: Vec::with_capacity(1024),
            buffer: vec![0; 64 * 1024],
        };
        for index in 0..connections {
            let (socket, answer) = load.target.first(load.request())?;
            if !contains(&answer, target.marker) {
                let answer = String::from_utf8_lossy(&answer);
                return Err(format!("an answer of another kind: {answer}").into());
            }
            socket.set_nonblocking(true)?;
            let place = EventData::new_u64(u64::try_from(index)?);
            epoll::add(&load.epoll, &socket, place, EventFlags::IN)?;
            load.connections.push(Connection {
                socket,
                answer: Vec::with_capacity(16 * 1024),
                due: Instant::now(),
            });
        }
        Ok(load)
    }

    /// As many requests as are answered in this time.
    pub(crate) fn closed(&mut self, time: Duration) -> Result<Tally, Failure> {
        let begun = Instant::now();
        self.closed_while(|_| begun.elapsed() < time)
    }

    /// As many requests as this.
    pub(crate) fn count(&mut self, count: u64) -> Result<Tally, Failure> {
        self.closed_while(|sent| sent < count)
    }

    fn closed_while(&mut self, goes_on: impl Fn(u64) -> bool) -> Result<Tally, Failure> {
        let (begun, mut tally, mut sent) = (Instant::now(), Tally::default(), 0);
        let mut under_way = 0_usize;
        for index in 0..self.connections.len() {
            if goes_on(sent) {
                self.send(index)?;
                (sent, under_way) = (sent + 1, under_way + 1);
            }
        }
        while under_way > 0 {
            for index in self.wait(&mut tally)? {
                under_way -= 1;
                if goes_on(sent) {
                    self.send(index)?;
                    (sent, under_way) = (sent + 1, under_way + 1);
                }
            }
        }
        tally.took = begun.elapsed();
        Ok(tally)
    }

    /// So many requests each second, at even distances.
    pub(crate) fn at_rate(&mut self, rate: u32, time: Duration) -> Result<Tally, Failure> {
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK)?;
        epoll::add(
            &self.epoll,
            &timer,
            EventData::new_u64(TIMER),
            EventFlags::IN | EventFlags::ET,
        )?;
        let gap = Duration::from_secs(1) / rate;
        let (begun, mut tally) = (Instant::now() + gap, Tally::default());
        let mut idle: VecDeque<usize> = (0..self.connections.len()).collect();
        let (mut due, mut under_way) = (begun, 0_usize);
        while due < begun + time || under_way > 0 {
            while due < begun + time
                && due <= Instant::now()
                && let Some(index) = idle.pop_front()
            {
                self.connection(index)?.due = due;
                self.send(index)?;
                (due, under_way) = (due + gap, under_way + 1);
            }
            if due < begun + time && !idle.is_empty() {
                let wait = due.saturating_duration_since(Instant::now());
                let next = Itimerspec {
                    it_interval: Duration::ZERO.try_into()?,
                    // Zero would stop it.
                    it_value: wait.max(Duration::from_nanos(1)).try_into()?,
                };
                timerfd_settime(&timer, TimerfdTimerFlags::empty(), &next)?;
            }
            for index in self.wait(&mut tally)? {
                let latency = self.connection(index)?.due.elapsed();
                tally.latencies.push(latency);
                idle.push_back(index);
                under_way -= 1;
            }
        }
        tally.took = begun.elapsed();
        epoll::delete(&self.epoll, &timer)?;
        Ok(tally)
    }

    /// Waits until something has come; the connections that have been answered.
    fn wait(&mut self, tally: &mut Tally) -> Result<Vec<usize>, Failure> {
        self.events.clear();
        epoll::wait(
            &self.epoll,
            spare_capacity(&mut self.events),
            Some(&PATIENCE.try_into()?),
        )?;
        if self.events.is_empty() {
            return Err(format!("no answer in {PATIENCE:?}").into());
        }
        let mut answered = Vec::with_capacity(self.events.len());
        for event in &self.events {
            let Ok(index) = usize::try_from(event.data.u64()) else {
                continue;
            };
            let Some(connection) = self.connections.get_mut(index) else {
                // The timer.
                continue;
            };
            let read = match connection.socket.read(&mut self.buffer) {
                Ok(0) => return Err("a connection was closed in the middle of the load".into()),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error.into()),
            };
            connection
                .answer
                .extend(self.buffer.get(..read).unwrap_or_default());
            if let Some(answer) = Answer::of(&connection.answer) {
                tally.answers += 1;
                tally.wrong += u64::from(answer.status != self.target.status);
                tally.bytes += u64::try_from(answer.length)?;
                connection.answer.clear();
                answered.push(index);
            }
        }
        Ok(answered)
    }

    fn send(&mut self, index: usize) -> Result<(), Failure> {
        let request = self.request();
        let written = self.connection(index)?.socket.write(request)?;
        if written < request.len() {
            return Err("a request was not taken whole".into());
        }
        Ok(())
    }

    fn request(&mut self) -> &'t [u8] {
        let requests = &self.target.requests;
        self.next = (self.next + 1) % requests.len().max(1);
        requests.get(self.next).map(Vec::as_slice).unwrap_or_default()
    }

    fn connection(&mut self, index: usize) -> Result<&mut Connection, Failure> {
        Ok(self.connections.get_mut(index).ok_or("no such connection")?)
    }
}

impl Target {
    /// A new connection, and the answer to this on it, which must have the right status.
    pub(crate) fn first(&self, request: &[u8]) -> Result<(TcpStream, Vec<u8>), Failure> {
        let mut socket = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let answer = ask(&mut socket, request)?;
        match Answer::of(&answer) {
            Some(first) if first.status == self.status => Ok((socket, answer)),
            _ => {
                let asked = String::from_utf8_lossy(request);
                Err(format!("{asked} was answered {}", String::from_utf8_lossy(&answer)).into())
            }
        }
    }
}

/// Waits for a whole answer.
pub(crate) fn ask(socket: &mut TcpStream, request: &[u8]) -> Result<Vec<u8>, Failure> {
    socket.write_all(request)?;
    let (mut answer, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    while Answer::of(&answer).is_none() {
        match socket.read(&mut buffer)? {
            0 => return Err("a connection was closed".into()),
            read => answer.extend(buffer.get(..read).unwrap_or_default()),
        }
    }
    Ok(answer)
}

fn contains(answer: &[u8], marker: &str) -> bool {
    marker.is_empty()
        || answer
            .windows(marker.len())
            .any(|window| window == marker.as_bytes())
}

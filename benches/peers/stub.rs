//! What stands for the provider: a list of webhooks in the documented form for every conversation, from one thread on
//! epoll, so that it takes little of the core that it shares with the load. It counts the requests that it gets and
//! those with the credential: what a contestant says that it did is compared with that. As nothing answers
//! with less, it is also the floor of a cache hit.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

use crate::Failure;
use crate::answer::{end_of_head, header};

/// What must be in `Authorization` of each request that is the provider's to answer: of `user` and `pass`.
pub(crate) const CREDENTIAL: &str = "Basic dXNlcjpwYXNz";
/// Where it tells what it has counted.
pub(crate) const COUNTS: &str = "/counts";
/// Conversations whose ids begin so have one webhook: for many of them in a cache.
pub(crate) const SMALL: &str = "CHe";

const DOCUMENTED: &str = include_str!("../../crates/sandbox/fixtures/twilio/documented_webhooks.json");
/// The conversation that the documentation speaks of.
const CONVERSATION: &str = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// A page has at most so many.
const WEBHOOKS: usize = 5;

/// Answers until the process ends.
pub(crate) fn serve(address: SocketAddr) -> Result<(), Failure> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    epoll::add(&epoll, &listener, EventData::new_u64(0), EventFlags::IN)?;
    let (mut connections, mut last) = (HashMap::new(), 0);
    let (mut stub, mut buffer) = (Stub::new()?, vec![0; 64 * 1024]);
    let mut events = Vec::with_capacity(1024);
    loop {
        epoll::wait(&epoll, spare_capacity(&mut events), None)?;
        stub.note_time()?;
        for event in events.drain(..) {
            let id = event.data.u64();
            if id == 0 {
                while let Ok((socket, _)) = listener.accept() {
                    socket.set_nodelay(true)?;
                    socket.set_nonblocking(true)?;
                    last += 1;
                    epoll::add(&epoll, &socket, EventData::new_u64(last), EventFlags::IN)?;
                    connections.insert(last, Connection::new(socket));
                }
            } else if let Some(connection) = connections.get_mut(&id)
                && !connection.serve(&mut stub, &mut buffer)
            {
                connections.remove(&id);
            }
        }
    }
}

struct Connection {
    socket: TcpStream,
    asked: Vec<u8>,
}

impl Connection {
    fn new(socket: TcpStream) -> Self {
        Self {
            socket,
            asked: Vec::new(),
        }
    }

    /// Whether it stays open.
    fn serve(&mut self, stub: &mut Stub, buffer: &mut [u8]) -> bool {
        let read = match self.socket.read(buffer) {
            Ok(read) if read > 0 => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
            _ => return false,
        };
        self.asked.extend(buffer.get(..read).unwrap_or_default());
        let mut answers = std::mem::take(&mut stub.answers);
        while let Some(end) = end_of_head(&self.asked) {
            stub.answer(self.asked.get(..end).unwrap_or_default(), &mut answers);
            self.asked.drain(..end);
        }
        // Answers are small beside a socket's buffer.
        let written = self.socket.write(&answers);
        let is_whole = written.is_ok_and(|written| written == answers.len());
        answers.clear();
        stub.answers = answers;
        is_whole
    }
}

struct Stub {
    /// What is before, between and after the conversation's id, in lists of five and of one.
    lists: [Vec<String>; 2],
    /// Those to one connection, until they are written.
    answers: Vec<u8>,
    seen: u64,
    authorised: u64,
    second: u64,
    date: String,
}

impl Stub {
    fn new() -> Result<Self, Failure> {
        Ok(Self {
            lists: [parts(WEBHOOKS)?, parts(1)?],
            answers: Vec::new(),
            seen: 0,
            authorised: 0,
            second: 0,
            date: String::new(),
        })
    }

    fn note_time(&mut self) -> Result<(), Failure> {
        let second = SystemTime::UNIX_EPOCH.elapsed()?.as_secs();
        if second != self.second {
            self.second = second;
            self.date = DateTimePrinter::new().timestamp_to_rfc9110_string(&Timestamp::now())?;
        }
        Ok(())
    }

    fn answer(&mut self, head: &[u8], answers: &mut Vec<u8>) {
        let path = head.split(|byte| *byte == b' ').nth(1);
        let path = path
            .and_then(|path| str::from_utf8(path).ok())
            .unwrap_or_default();
        if path == COUNTS {
            let counts = format!("{} {}", self.seen, self.authorised);
            return self.write("200 OK", &[&counts], "", answers);
        }
        self.seen += 1;
        self.authorised += u64::from(header(head, b"authorization") == Some(CREDENTIAL.as_bytes()));
        let conversation = path
            .strip_prefix("/v1/Conversations/")
            .and_then(|rest| rest.split_once("/Webhooks"));
        let [list, small] = &self.lists;
        match conversation {
            Some((id, _)) if id.starts_with(SMALL) => self.write("200 OK", small, id, answers),
            Some((id, _)) => self.write("200 OK", list, id, answers),
            None => self.write("404 Not Found", &[r#"{"code":20404,"status":404}"#], "", answers),
        }
    }

    /// The parts with `id` between them.
    fn write(&self, status: &str, parts: &[impl AsRef<str>], id: &str, answers: &mut Vec<u8>) {
        let text: usize = parts.iter().map(|part| part.as_ref().len()).sum();
        let length = text + id.len() * parts.len().saturating_sub(1);
        let date = &self.date;
        // With permission to cache it, which some caches want. Writing to memory cannot fail.
        let head = write!(
            answers,
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nCache-Control: public, max-age=600\r\n\
             Date: {date}\r\nContent-Length: {length}\r\n\r\n"
        );
        head.ok();
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                answers.extend(id.as_bytes());
            }
            answers.extend(part.as_ref().as_bytes());
        }
    }
}

/// The documented list with so many webhooks, cut at the conversation's id.
fn parts(count: usize) -> Result<Vec<String>, Failure> {
    let mut list: serde_json::Value = serde_json::from_str(DOCUMENTED)?;
    let webhooks = list
        .get_mut("webhooks")
        .and_then(|webhooks| webhooks.as_array_mut())
        .ok_or("the documented list has no webhooks")?;
    let documented = webhooks.clone();
    *webhooks = documented.into_iter().cycle().take(count).collect();
    for (index, webhook) in webhooks.iter_mut().enumerate() {
        let sid = format!("WH{index:032x}");
        let url = format!("https://conversations.twilio.com/v1/Conversations/{CONVERSATION}/Webhooks/{sid}");
        if let Some(webhook) = webhook.as_object_mut() {
            webhook.insert("sid".to_owned(), sid.into());
            webhook.insert("url".to_owned(), url.into());
        }
    }
    Ok(list.to_string().split(CONVERSATION).map(str::to_owned).collect())
}

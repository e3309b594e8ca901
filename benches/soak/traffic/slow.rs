//! Takes long over a long answer.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::{Instant, sleep};

use super::Client;
use crate::tally::Promise;
use crate::world::World;

/// Far less than the answer, so that the gateway has to wait.
const BUFFER: u32 = 8 * 1024;

/// A client that reads slowly.
pub(crate) struct Slow {
    world: Arc<World>,
    turn: usize,
}

impl Slow {
    pub(crate) fn new(world: &Arc<World>) -> Self {
        Self {
            world: Arc::clone(world),
            turn: 0,
        }
    }

    /// Bytes of the body, and how many there should have been; nothing if nobody took the connection.
    async fn read(&self) -> Result<Option<(usize, usize)>, std::io::Error> {
        let Some(replica) = self.world.replicas.get(self.turn % 2) else {
            return Ok(None);
        };
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(BUFFER)?;
        let Ok(mut socket) = socket.connect(*replica).await else {
            return Ok(None);
        };
        let head = "GET /openapi.json HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n";
        socket.write_all(head.as_bytes()).await?;
        let mut answer = Vec::new();
        while socket.read_buf(&mut answer).await? > 0 {
            sleep(Duration::from_millis(20)).await;
        }
        let head = answer
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap_or_default();
        let text = String::from_utf8_lossy(answer.get(..head).unwrap_or_default()).into_owned();
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length = length.and_then(|length| length.parse().ok()).unwrap_or_default();
        Ok(Some((answer.len().saturating_sub(head + 4), length)))
    }
}

impl Client for Slow {
    async fn act(&mut self) {
        self.turn += 1;
        let began = Instant::now();
        match self.read().await {
            Ok(None) => {}
            Ok(Some((read, length))) if read == length && length > 100_000 => {
                self.world.tally.answered("read slowly", 200, began.elapsed());
            }
            Ok(Some((read, length))) => {
                let what = format!("/openapi.json read slowly: {read} bytes of {length}");
                self.world.broken(Promise::Lost, &what);
            }
            Err(error) => self
                .world
                .broken(Promise::Lost, &format!("/openapi.json read slowly: {error}")),
        }
    }
}

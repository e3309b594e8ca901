//! What comes over channels.

use std::sync::{Arc, Mutex, PoisonError};

use redis::{Msg, PushInfo};

/// What comes over a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News<'a> {
    /// Until now nobody listened: there may have been messages that nobody will repeat.
    Missed,
    /// A message.
    Message(&'a [u8]),
}

/// Is told what comes over a channel.
pub(crate) type Heed = Arc<dyn Fn(News<'_>) + Send + Sync>;

/// Who listens, in the order in which they came.
#[derive(Default)]
pub(crate) struct Listeners(Mutex<Vec<(String, Heed)>>);

impl Listeners {
    pub(crate) fn push(&self, channel: String, heed: Heed) {
        self.lock().push((channel, heed));
    }

    pub(crate) fn get(&self, at: usize) -> Option<(String, Heed)> {
        self.lock().get(at).cloned()
    }

    /// Passes a message on.
    pub(crate) fn pass(&self, push: PushInfo) {
        let Some(message) = Msg::from_push_info(push) else {
            return;
        };
        // They run without the lock, so that one of them may listen to something else.
        let heeding: Vec<Heed> = self
            .lock()
            .iter()
            .filter(|(channel, _)| channel == message.get_channel_name())
            .map(|(_, heed)| Arc::clone(heed))
            .collect();
        for heed in heeding {
            heed(News::Message(message.get_payload_bytes()));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(String, Heed)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

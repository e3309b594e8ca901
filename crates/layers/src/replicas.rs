//! What it takes to share something with the other replicas.

use store::Store;
use tokio_util::task::TaskTracker;

use crate::keyring::Keyring;

/// The store, and what is needed to use it.
#[derive(Clone)]
pub struct Replicas {
    /// What they share.
    pub store: Store,
    /// What names and seals what lies there.
    pub keyring: Keyring,
    /// Where what a request left to be done is done.
    pub tasks: TaskTracker,
}

//! Data that requests change, and the way back to what it was.

use std::sync::{Mutex, PoisonError};

/// Data in memory, with a copy of its first state.
pub(crate) struct State<T> {
    initial: T,
    current: Mutex<T>,
}

impl<T: Clone> State<T> {
    pub(crate) fn new(initial: T) -> Self {
        Self {
            current: Mutex::new(initial.clone()),
            initial,
        }
    }

    /// Reads or changes the data, with nobody else doing so.
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        act(&mut self.current.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts the first state back.
    pub(crate) fn reset(&self) {
        self.with(|current| current.clone_from(&self.initial));
    }
}

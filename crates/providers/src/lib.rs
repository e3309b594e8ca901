//! Pure adapters between the neutral schema and the providers' wire formats. An adapter builds requests and
//! reads answers; it never sends, sleeps, spawns or reads a clock.
//!
//! This file is the registry, and the only place outside a provider's folder that names one.

use std::sync::Arc;

use model::Provider;

mod answer;
pub mod bland;
mod fingerprint;
mod refusal;
pub mod twilio;

/// Every adapter, in the order in which they are shown.
pub fn all() -> [Arc<dyn Provider>; 2] {
    [Arc::new(twilio::Twilio), Arc::new(bland::Bland)]
}

/// The adapter of the provider that is called so in the configuration.
pub fn find(name: &str) -> Option<Arc<dyn Provider>> {
    all()
        .into_iter()
        .find(|provider| provider.profile().provider == name)
}

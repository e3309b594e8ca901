//! Values as JSON text.

use model::{Error, Result};
use serde::Serialize;

/// The text of a value.
pub fn bytes(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value)
        .map_err(|error| Error::internal(format!("an answer could not be written: {error}")))
}

//! Values as JSON text.

use model::{Error, Result};
use serde::Serialize;

/// Enough for most values, so that their text is not moved while it grows.
const USUAL: usize = 4096;

/// The text of a value.
pub fn bytes(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut text = Vec::with_capacity(USUAL);
    serde_json::to_writer(&mut text, value)
        .map_err(|error| Error::internal(format!("an answer could not be written: {error}")))?;
    // Answers are kept: without the room that they did not need.
    Ok(text.clone())
}

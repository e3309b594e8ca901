//! Values as JSON text.

use bytes::Bytes;
use model::{Error, Result};
use serde::Serialize;

/// Enough for most values, so that their text is not moved while it grows.
const USUAL: usize = 8192;

/// The text of a value.
pub fn bytes(value: &impl Serialize) -> Result<Bytes> {
    build(|text| add(value, text))
}

/// The text that is put together from several values.
pub fn build(put: impl FnOnce(&mut String) -> Result<()>) -> Result<Bytes> {
    let mut text = String::with_capacity(USUAL);
    put(&mut text)?;
    // Answers are kept: without the room that they did not need.
    Ok(Bytes::copy_from_slice(text.as_bytes()))
}

/// Adds a value to a text.
pub fn add(value: &(impl Serialize + ?Sized), text: &mut String) -> Result<()> {
    model::write(value, text)
        .map_err(|error| Error::internal(format!("an answer could not be written: {error}")))
}

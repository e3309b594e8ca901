//! JSON that loses nothing, at random.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers outside the test functions fail a test in the same way"
)]

mod change;
mod extra;
mod json;
mod texts;
mod write;

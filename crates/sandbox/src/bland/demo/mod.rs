//! The made-up data: the same in every run.

pub(super) mod conversations;
pub(super) mod numbers;

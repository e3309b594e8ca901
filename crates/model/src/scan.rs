//! Whether all bytes of a text are of a kind, many of them at a time: to look at each of a few is faster than to stop at
//! the first.

/// Whether all are.
pub(crate) fn all<const STEP: usize>(bytes: &[u8], is: impl Fn(u8) -> bool) -> bool {
    let are = |bytes: &[u8; STEP]| bytes.iter().fold(true, |all, byte| all & is(*byte));
    match bytes.last_chunk() {
        Some(last) => are(last) && bytes.as_chunks().0.iter().all(are),
        None => bytes.iter().all(|byte| is(*byte)),
    }
}

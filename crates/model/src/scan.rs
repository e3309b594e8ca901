//! Whether all bytes of a text are of a kind, many of them at a time: to look at each of a few is faster than to stop at
//! the first.

/// Whether all are.
pub(crate) fn all(bytes: &[u8], is: impl Fn(u8) -> bool) -> bool {
    if let Some(last) = bytes.last_chunk::<16>() {
        return are(last, &is) && bytes.as_chunks::<16>().0.iter().all(|chunk| are(chunk, &is));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        return are(first, &is) && are(last, &is);
    }
    bytes.iter().all(|byte| is(*byte))
}

fn are<const STEP: usize>(bytes: &[u8; STEP], is: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(true, |all, byte| all & is(*byte))
}

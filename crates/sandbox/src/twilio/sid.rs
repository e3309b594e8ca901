//! Identifiers that look random and are not: the same number gives the same SID in every run.

const SEED: u64 = 0x5EED;

/// The `number`th SID of a prefix: two letters and 32 hex digits.
pub(super) fn sid(prefix: &str, number: u64) -> String {
    let state = prefix
        .bytes()
        .fold(SEED, |state, byte| mix(state ^ u64::from(byte)));
    let high = mix(state ^ number);
    format!("{prefix}{high:016x}{:016x}", mix(high))
}

/// Whether a text is a SID of a prefix.
pub(super) fn is_sid(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// The step of `SplitMix64`, a bijection that spreads every bit.
fn mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

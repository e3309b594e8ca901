//! What is JSON, and where it is not.

use proptest::prelude::*;
use serde::de::IgnoredAny;

use super::*;

fn judge(text: &str) -> Result {
    let mut scan = Scan::new(text);
    let whole = scan.value()?;
    scan.end()?;
    assert_eq!(whole.text, text.trim());
    Ok(())
}

/// The same, by members and items.
fn walk(scan: &mut Scan<'_>) -> Result {
    match scan.peek() {
        Some(b'{') => scan.object(|scan, _| walk(scan)),
        Some(b'[') => scan.array(walk),
        _ => scan.skip(),
    }
}

#[test]
fn depth_is_no_fault() {
    let depth = 100_000;
    let deep = ["[".repeat(depth), "]".repeat(depth)].concat();
    assert_eq!(judge(&deep), Ok(()));
    assert!(judge(deep.strip_prefix('[').unwrap()).is_err());
}

#[test]
fn a_fault_has_a_place() {
    for (text, line, column) in [("", 1, 1), ("{\n \"a\" 1}", 2, 6), ("[1, 02]", 1, 6)] {
        let mut scan = Scan::new(text);
        assert_eq!(scan.skip(), Err(NotJson), "{text}");
        assert_eq!(scan.place(), Place { line, column }, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn serde_json_judges_the_same(parts in prop::collection::vec(prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"", "\"a\":", "\"\"", "null", "true", "false", "tru", "0", "1", "-", "+", ".", "e", "E9",
        "\\", "\\u00e9", "\\ud800", "\\n", "\\x", "\n", " ", "\t", "\u{1f}", "\u{7f}", "\u{0}", "é", "plain text",
    ]), 0..12)) {
        let text = parts.concat();
        let expected = serde_json::from_str::<IgnoredAny>(&text).is_ok();
        prop_assert_eq!(judge(&text).is_ok(), expected);
        let strict = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        let mut scan = Scan::new(&text);
        let walked = walk(&mut scan).and_then(|()| scan.end()).is_ok();
        prop_assert!(walked <= expected && strict <= walked, "{} {} {}", strict, walked, expected);
    }

    #[test]
    fn a_text_ends_where_it_ends(text in "[ -~é\\x00-\\x1f]{0,40}", cut in 0..40_usize) {
        let written = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(judge(&written), Ok(()));
        let raw = format!("\"{text}\"");
        prop_assert_eq!(judge(&raw).is_ok(), serde_json::from_str::<IgnoredAny>(&raw).is_ok());
        if let Some(part) = written.get(..cut.min(written.len() - 1)) {
            prop_assert!(judge(part).is_err());
        }
    }
}

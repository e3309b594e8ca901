//! What of a request's target goes to the provider: path and query byte for byte, or nothing at all.

use std::borrow::Cow;

use http::Uri;
use model::{Code, Error, Result};
use percent_encoding::percent_decode_str;

use super::PREFIX;

/// What follows the connection in a target.
#[derive(Debug, Clone)]
pub(super) struct Target(String);

/// The connection's name in a path of this face, and what follows it.
pub(super) fn split(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix(PREFIX)?;
    let end = rest.find('/').unwrap_or(rest.len());
    rest.split_at_checked(end)
}

impl Target {
    /// Fails for what readers on the way might understand in different ways.
    pub(super) fn of(uri: &Uri) -> Result<Self> {
        let (_, path) = split(uri.path()).unwrap_or_default();
        let query = uri.query();
        let texts = [Some(path), query];
        check(path, texts.into_iter().flatten())
            .map_err(|detail| Error::client(Code::MalformedRequest, detail))?;
        Ok(Self(match query {
            Some(query) => [path, "?", query].concat(),
            None => path.to_owned(),
        }))
    }

    /// Below the base URL, which is configured and so alone chooses the host.
    pub(super) fn join(&self, base_url: &str) -> Result<Uri> {
        [base_url, &self.0]
            .concat()
            .parse()
            .map_err(|error| Error::internal(format!("the upstream URL is none: {error}")))
    }
}

fn check<'t>(path: &str, mut texts: impl Iterator<Item = &'t str>) -> Result<(), &'static str> {
    if texts.any(|text| has_controls(text) || text.contains("%00")) {
        return Err("The target has a control byte or %00.");
    }
    if has_dots(path) {
        return Err("The path has a segment `.` or `..`.");
    }
    Ok(())
}

fn has_controls(text: &str) -> bool {
    // No branch in it: the processor looks at many at a time.
    let controls = |found, byte: &u8| found | u8::from(byte.is_ascii_control());
    text.as_bytes().iter().fold(0, controls) != 0
}

/// Whether any segment, as any reader would cut it, is `.` or `..`.
fn has_dots(path: &str) -> bool {
    if !path.contains(['.', '%']) {
        return false;
    }
    let decoded = Cow::from(percent_decode_str(path));
    decoded
        .split(|byte| matches!(byte, b'/' | b'\\'))
        .filter_map(|segment| segment.split(|byte| *byte == b';').next())
        .any(|name| matches!(name, b"." | b".."))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn target(rest: &str) -> Result<String, Code> {
        let uri: Uri = format!("/proxy/acme{rest}").parse().unwrap();
        Target::of(&uri)
            .map(|target| target.0)
            .map_err(|error| error.code())
    }

    #[test]
    fn what_is_no_dot_passes_as_it_is() {
        for rest in [
            "",
            "/",
            "//",
            "/a//b/",
            "/...",
            "/..a",
            "/a..",
            "/%2",
            "/%zz",
            "/%252e%252e/",
            "/;/..x",
            "/a%2fb?c=%2e%2e/../&d=%252e;&&=",
            "/a?",
            "/a:b@c",
            "/%c3%a9",
        ] {
            assert_eq!(target(rest).as_deref(), Ok(rest));
        }
    }

    #[test]
    fn dots_in_any_disguise_are_refused() {
        for rest in [
            "/.",
            "/..",
            "/./a",
            "/a/../b",
            "/%2e",
            "/%2E%2e/a",
            "/.%2e",
            "/a%2f..%2fb",
            "/a%5c..",
            "/..%5Ca",
            "/..;x=1/a",
            "/..%3bx/a",
            "/.;",
            "/a/..;",
            "/%2e%2e%3B/",
            "/a%2f%2e%2e",
        ] {
            assert_eq!(target(rest), Err(Code::MalformedRequest), "{rest}");
        }
    }

    #[test]
    fn zero_bytes_are_refused_everywhere() {
        for rest in ["/a%00", "/%00/a", "/a?b=%00"] {
            assert_eq!(target(rest), Err(Code::MalformedRequest), "{rest}");
        }
    }

    /// The definition, written another way: cut, decode, cut again.
    fn is_dotted(path: &str) -> bool {
        path.split('/').any(|segment| {
            let decoded =
                String::from_utf8_lossy(&percent_decode_str(segment).collect::<Vec<_>>()).into_owned();
            decoded
                .replace('\\', "/")
                .split('/')
                .any(|part| [".", ".."].contains(&part.split(';').next().unwrap()))
        })
    }

    proptest! {
        #[test]
        fn a_target_is_refused_for_dots_or_passed_byte_for_byte(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "/", ".", "..", "%2e", "%2E", "%2f", "%2F", "%5c", "%5C", ";", "%3b", "a", "%25", "%252e", "=", "%",
                ]),
                0..12,
            ),
        ) {
            let rest = format!("/{}", parts.concat());
            let expected = if is_dotted(&rest) { Err(Code::MalformedRequest) } else { Ok(rest.clone()) };
            prop_assert_eq!(target(&rest), expected);
        }

        #[test]
        fn nothing_in_a_target_moves_the_host(rest in "/[!-~]{0,40}") {
            let Ok(uri) = format!("/proxy/acme{rest}").parse::<Uri>() else { return Ok(()); };
            if let Ok(target) = Target::of(&uri) {
                let joined = target.join("https://api.example.com/base").unwrap();
                prop_assert_eq!(joined.authority().unwrap().as_str(), "api.example.com");
                prop_assert!(joined.path().starts_with("/base/"), "{}", joined);
            }
        }
    }
}

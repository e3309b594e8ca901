//! Looks at request lines as they come, for the one thing that the HTTP library takes out without a word: a
//! fragment. A line that was read together with the request before it is not seen; its fragment goes no further
//! all the same.

/// What a request line ends in.
const VERSION: &[u8] = b"HTTP/1.";

/// A request line, as far as it has come.
#[derive(Debug, Default)]
pub struct RequestLine {
    part: Part,
    fragment: bool,
}

#[derive(Debug, Default, Clone, Copy)]
enum Part {
    #[default]
    Method,
    Target,
    /// So many of its bytes were right.
    Version(usize),
    Over,
}

impl RequestLine {
    /// Takes the next bytes. Whether they complete a line whose target has a fragment.
    pub fn has_fragment(&mut self, bytes: &[u8]) -> bool {
        for byte in bytes {
            if self.take(*byte) {
                return true;
            }
            // Most of a head comes after its first line.
            if matches!(self.part, Part::Over) {
                break;
            }
        }
        false
    }

    fn take(&mut self, byte: u8) -> bool {
        self.part = match (self.part, byte) {
            // Before a request line there may be empty ones.
            (Part::Method, b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'\r' | b'\n') => Part::Method,
            (Part::Method, b' ') => Part::Target,
            (Part::Target, b' ') => Part::Version(0),
            (Part::Target, b'!'..) => {
                self.fragment |= byte == b'#';
                Part::Target
            }
            (Part::Version(right), byte) if VERSION.get(right) == Some(&byte) => Part::Version(right + 1),
            // No request line, or the end of one.
            _ => Part::Over,
        };
        let complete = matches!(self.part, Part::Version(right) if right == VERSION.len());
        complete && self.fragment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_fragment(text: &str) -> bool {
        let whole = RequestLine::default().has_fragment(text.as_bytes());
        let mut line = RequestLine::default();
        let bytewise = text.bytes().filter(|byte| line.has_fragment(&[*byte])).count() > 0;
        assert_eq!(whole, bytewise, "{text:?}");
        whole
    }

    #[test]
    fn a_fragment_is_seen_in_a_target_and_nowhere_else() {
        for yes in [
            "GET /a#b HTTP/1.1\r\n",
            "\r\nPOST /# HTTP/1.0\r\n",
            "M-SEARCH /a?b=c#d HTTP/1.1",
        ] {
            assert!(has_fragment(yes), "{yes:?}");
        }
        for no in [
            "GET /a%23b HTTP/1.1\r\nreferer: /x#y HTTP/1.1\r\n\r\n",
            "G#T /a HTTP/1.1\r\n",
            "some body with a # in it\r\nGET /a HTTP/1.1\r\n",
            "GET /a#b\r\n",
            "{\"a\": \"#\", HTTP/1.1",
            "",
        ] {
            assert!(!has_fragment(no), "{no:?}");
        }
    }
}

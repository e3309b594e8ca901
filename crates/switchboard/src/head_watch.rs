//! Follows what a client sends, to know where heads are, and looks there for two things that the HTTP library
//! takes without a word: a line that ends in LF alone, which the next reader may take for a part of the line
//! before it, and a fragment in a target.
//!
//! A line that is not as it has to be loses its end, by which the library refuses it. So whatever is taken was
//! understood here in the same way, and pipelined heads are found too.

/// How much of a line is kept: enough for every one that says where a body ends.
const KEPT: usize = 64;

/// What a connection of HTTP/1 has brought so far.
#[derive(Debug, Default)]
pub struct HeadWatch {
    at: At,
    line: Line,
    framing: Framing,
    fragment: bool,
}

#[derive(Debug, Default, Clone, Copy)]
enum At {
    #[default]
    RequestLine,
    Fields,
    /// So many bytes that are no lines.
    Data(u64),
    ChunkSize,
    Trailers,
    /// A line was refused; nothing after it is read.
    Refused,
}

/// The line that has not ended.
#[derive(Debug)]
struct Line {
    start: [u8; KEPT],
    length: usize,
    end: [u8; 2],
}

/// Where the body of the request ends.
#[derive(Debug, Default, Clone, Copy)]
struct Framing {
    chunked: bool,
    length: u64,
}

impl HeadWatch {
    /// Takes the next bytes, and spoils the end of a line that must not be understood. Whether they complete a
    /// request line whose target has a fragment; one behind the end of another head does not count.
    pub fn pass(&mut self, bytes: &mut [u8]) -> bool {
        let (mut rest, mut is_first, mut found) = (bytes, true, false);
        while !rest.is_empty() {
            let before = self.at;
            rest = match before {
                At::Refused => break,
                At::Data(left) => self.skip(left, rest),
                _ => self.read(rest),
            };
            match (before, self.at) {
                (At::RequestLine, At::Fields) => found |= is_first && self.fragment,
                (At::Fields, At::Fields) => {}
                (At::Fields, _) => is_first = false,
                _ => {}
            }
        }
        found
    }

    fn skip<'b>(&mut self, left: u64, bytes: &'b mut [u8]) -> &'b mut [u8] {
        let count = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        self.at = match left - count as u64 {
            0 if self.framing.chunked => At::ChunkSize,
            0 => At::RequestLine,
            left => At::Data(left),
        };
        bytes.get_mut(count..).unwrap_or_default()
    }

    /// Reads to the end of the line, if it has come.
    fn read<'b>(&mut self, bytes: &'b mut [u8]) -> &'b mut [u8] {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (piece, rest) = bytes.split_at_mut(end.map_or(bytes.len(), |end| end + 1));
        if matches!(self.at, At::RequestLine) {
            self.fragment = piece.contains(&b'#') || self.fragment && self.line.length > 0;
        }
        self.line.push(piece);
        if let (Some(_), Some(last)) = (end, piece.last_mut()) {
            self.at = self.next().unwrap_or_else(|| {
                // The library itself refuses a line feed in a line with a chunk's size, and in an extension
                // there nothing else: spoilt, such a line would be taken, and all that follows it unseen.
                if !matches!(self.at, At::ChunkSize) || self.line.text().is_some() {
                    *last = 0;
                }
                At::Refused
            });
            self.line = Line::default();
        }
        rest
    }

    /// What follows the line that has ended.
    fn next(&mut self) -> Option<At> {
        let line = self.line.text()?;
        Some(match self.at {
            // Before a request line there may be empty ones.
            At::RequestLine if line.is_empty() => At::RequestLine,
            At::RequestLine => {
                self.framing = Framing::default();
                At::Fields
            }
            At::Fields if !line.is_empty() => {
                self.framing.note(line, self.line.is_whole())?;
                At::Fields
            }
            At::Fields if self.framing.chunked => At::ChunkSize,
            At::Fields if self.framing.length > 0 => At::Data(self.framing.length),
            At::ChunkSize => match chunk_size(line, self.line.is_whole())? {
                0 => At::Trailers,
                // With the line's end that follows it.
                size => At::Data(size.checked_add(2)?),
            },
            At::Trailers if !line.is_empty() => At::Trailers,
            _ => At::RequestLine,
        })
    }
}

impl Default for Line {
    fn default() -> Self {
        Self {
            start: [0; KEPT],
            length: 0,
            end: [0; 2],
        }
    }
}

impl Line {
    fn push(&mut self, piece: &[u8]) {
        let free = self.start.get_mut(self.length..).unwrap_or_default();
        for (to, from) in free.iter_mut().zip(piece) {
            *to = *from;
        }
        self.length += piece.len();
        self.end = match *piece {
            [.., before, last] => [before, last],
            [last] => [self.end[1], last],
            [] => self.end,
        };
    }

    /// Its text as far as it is kept, without its end. None if that is not CRLF.
    fn text(&self) -> Option<&[u8]> {
        if self.end != *b"\r\n" {
            return None;
        }
        self.start.get(..self.length.saturating_sub(2).min(KEPT))
    }

    const fn is_whole(&self) -> bool {
        self.length <= KEPT
    }
}

impl Framing {
    /// Notes what a field says of the body. None if it cannot be understood.
    fn note(&mut self, line: &[u8], is_whole: bool) -> Option<()> {
        let end = line.iter().position(|byte| *byte == b':');
        let (name, value) = line.split_at_checked(end.unwrap_or_default())?;
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            // Any other coding is refused by those who read it.
            self.chunked = true;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            let digits = value.strip_prefix(b":")?.trim_ascii();
            let known = is_whole && digits.iter().all(u8::is_ascii_digit);
            self.length = std::str::from_utf8(digits).ok()?.parse().ok().filter(|_| known)?;
        }
        Some(())
    }
}

fn chunk_size(line: &[u8], is_whole: bool) -> Option<u64> {
    let end = line.iter().position(|byte| !byte.is_ascii_hexdigit());
    // Of digits that are not all kept nobody knows what they say.
    let end = end.or_else(|| is_whole.then_some(line.len()))?;
    let digits = line.get(..end)?;
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the library gets of it, however it is cut; and whether a fragment is reported.
    fn passed(text: &[u8]) -> (Vec<u8>, bool) {
        let mut whole = text.to_vec();
        let found = HeadWatch::default().pass(&mut whole);
        let (mut watch, mut bytewise) = (HeadWatch::default(), text.to_vec());
        for byte in bytewise.chunks_mut(1) {
            watch.pass(byte);
        }
        assert_eq!(whole, bytewise, "{:?}", String::from_utf8_lossy(text));
        (whole, found)
    }

    #[test]
    fn a_fragment_is_seen_in_a_target_and_nowhere_else() {
        let chunked = "POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\n#\n\r\n0\r\nx: #\r\n\r\n";
        for (text, expected) in [
            ("GET /a#b HTTP/1.1\r\n", true),
            ("\r\nPOST /# HTTP/1.0\r\n", true),
            ("GET /a%23b HTTP/1.1\r\nreferer: /x#y HTTP/1.1\r\n\r\n", false),
            ("POST /a HTTP/1.1\r\ncontent-length: 9\r\n\r\nGET /#b\r\n", false),
            (chunked, false),
            ("GET / HTTP/1.1\r\n\r\nGET /#b HTTP/1.1\r\n", false),
            ("", false),
        ] {
            let mut bytes = text.as_bytes().to_vec();
            assert_eq!(HeadWatch::default().pass(&mut bytes), expected, "{text:?}");
            assert_eq!(passed(text.as_bytes()).0, text.as_bytes(), "nothing is spoilt");
        }
    }

    #[test]
    fn a_fragment_is_reported_once_though_its_line_comes_in_pieces() {
        let mut watch = HeadWatch::default();
        let mut text = *b"GET /a#b HTTP/1.1\r\nx: y\r\n\r\nGET /c HTTP/1.1\r\n";
        let found: Vec<_> = text.chunks_mut(1).map(|byte| watch.pass(byte)).collect();
        assert_eq!(found.iter().filter(|found| **found).count(), 1);
        assert!(found[18], "with the end of its line");
    }

    #[test]
    fn the_first_line_that_must_not_be_understood_is_spoilt() {
        let zeros = "0".repeat(KEPT);
        let head = "POST / HTTP/1.1\r\n";
        let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n");
        for (before, after) in [
            (String::new(), "\n\r\nGET / HTTP/1.1\r\n\r\n".to_owned()),
            ("GET / HTTP/1.1".to_owned(), "\nhost: x\r\n\r\n".to_owned()),
            (format!("{head}a: b"), "\nc: d\n\n".to_owned()),
            (format!("{head}a: b\r\n"), "\n".to_owned()),
            // Behind a request with a body, and one without.
            (
                format!("{head}content-length: 2\r\n\r\n\n\n{head}a: b"),
                "\n".to_owned(),
            ),
            (format!("{head}\r\n{head}a: b"), "\n".to_owned()),
            (
                format!("{chunked}2\r\n\n\n\r\n0\r\n\r\n{head}a: b"),
                "\n".to_owned(),
            ),
            // Lengths.
            (format!("{head}content-length: +5\r"), "\n\r\n".to_owned()),
            (format!("{head}content-length: 5, 5\r"), "\n".to_owned()),
            (format!("{head}content-length:\r"), "\n".to_owned()),
            (
                format!("{head}content-length: 99999999999999999999\r"),
                "\n".to_owned(),
            ),
            (format!("{head}content-length: {zeros}5\r"), "\n".to_owned()),
            // Chunks.
            (format!("{chunked}{zeros}5\r"), "\n".to_owned()),
            (format!("{chunked}+5\r"), "\n".to_owned()),
            (format!("{chunked}ffffffffffffffff\r"), "\n".to_owned()),
            (format!("{chunked}0\r\na: b"), "\n".to_owned()),
        ] {
            let text = format!("{before}{after}");
            let spoilt = format!("{before}\0{}", after.strip_prefix('\n').unwrap());
            let (passed, _) = passed(text.as_bytes());
            assert_eq!(String::from_utf8_lossy(&passed), spoilt);
        }
    }

    #[test]
    fn a_bare_line_feed_behind_a_chunk_size_stays_for_the_library_to_refuse() {
        let head = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
        for line in ["5", "5;a", "5 ;a=\"b", ";", ""] {
            let text = format!("{head}{line}\nb\r\nabcde\r\n0\r\n\r\n");
            assert_eq!(passed(text.as_bytes()).0, text.as_bytes(), "{line:?}");
        }
    }

    /// A request, and the same one with a last header that ends in LF alone.
    fn requests() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
        let body = prop::collection::vec(prop::sample::select(b"\r\n\0#:0 aG".to_vec()), 0..40);
        let field = prop::sample::select(vec![
            "",
            "x: y\r\n",
            "Content-Lengthy: 9\r\n",
            "x-transfer-encoding: chunked\r\n",
            ": 5\r\n",
        ]);
        (field, body, 0..3_u8, any::<bool>()).prop_map(|(field, body, framing, empty)| {
            let (framing, body) = match framing {
                0 => (String::new(), Vec::new()),
                1 => (format!("content-LENGTH:\t 00{} \r\n", body.len()), body),
                _ => {
                    let mut chunks = Vec::new();
                    for chunk in body.chunks(7) {
                        chunks.extend(format!("0{:X} ;a=\"b\"\r\n", chunk.len()).into_bytes());
                        chunks.extend([chunk, b"\r\n"].concat());
                    }
                    chunks.extend(b"0\r\nTrailer: 1\r\n\r\n");
                    // A length beside a coding does not count.
                    (
                        "content-length: 1\r\nTransfer-Encoding: chunked\r\n".to_owned(),
                        chunks,
                    )
                }
            };
            let first = if empty { "\r\n" } else { "" };
            let head = format!("{first}POST /a HTTP/1.1\r\n{field}{framing}");
            let request = [head.as_bytes(), b"\r\n", &body].concat();
            (request, [head.as_bytes(), b"bare: x\n\r\n"].concat())
        })
    }

    proptest! {
        #[test]
        fn what_is_well_formed_passes_and_what_follows_it_is_still_watched(
            requests in prop::collection::vec(requests(), 1..5),
        ) {
            let good: Vec<u8> = requests.iter().flat_map(|(good, _)| good.clone()).collect();
            prop_assert_eq!(&passed(&good).0, &good);
            let bare = [good.as_slice(), &requests[0].1].concat();
            let spoilt = [&bare[..bare.len() - 3], b"\0\r\n"].concat();
            prop_assert_eq!(passed(&bare).0, spoilt);
        }
    }
}

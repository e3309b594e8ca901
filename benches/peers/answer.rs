//! Where an answer of HTTP/1.1 ends, from its bytes alone: the least that a load generator must read.

/// An answer that has come whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Of head and body.
    pub(crate) length: usize,
}

impl Answer {
    /// The answer that `bytes` begin with, if all of it is there.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let head = end_of_head(bytes)?;
        let text = bytes.get(..head)?;
        let status = number(text.get(9..12)?)?;
        let status = u16::try_from(status).ok()?;
        let body = if status == 304 || status == 204 {
            0
        } else if let Some(length) = header(text, b"content-length") {
            number(length)?
        } else {
            chunked(bytes.get(head..)?)?
        };
        let length = head + body;
        (bytes.len() >= length).then_some(Self { status, length })
    }
}

/// Where the head ends, its empty line included.
pub(crate) fn end_of_head(bytes: &[u8]) -> Option<usize> {
    Some(bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4)
}

/// The value of a header of a whole head, its name in lower case.
pub(crate) fn header<'h>(head: &'h [u8], name: &[u8]) -> Option<&'h [u8]> {
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let (key, value) = line.split_at_checked(name.len())?;
        let value = key
            .eq_ignore_ascii_case(name)
            .then(|| value.strip_prefix(b":"))??;
        Some(value.trim_ascii())
    })
}

fn number(text: &[u8]) -> Option<usize> {
    str::from_utf8(text).ok()?.parse().ok()
}

/// How long a body in chunks is, with their heads.
fn chunked(body: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = body.get(at..)?;
        let line = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(str::from_utf8(rest.get(..line)?).ok()?, 16).ok()?;
        at += line + 2 + size + 2;
        if size == 0 {
            return (body.len() >= at).then_some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_head_says() {
        let whole = b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 3\r\n\r\nabcHTTP";
        let length = whole.len() - 4;
        assert_eq!(Answer::of(whole), Some(Answer { status: 200, length }));
        assert_eq!(Answer::of(&whole[..length - 1]), None);
        assert_eq!(Answer::of(&whole[..20]), None);
    }

    #[test]
    fn an_answer_in_chunks_ends_with_the_empty_one() {
        let whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
        let length = whole.len();
        assert_eq!(Answer::of(whole), Some(Answer { status: 200, length }));
        assert_eq!(Answer::of(&whole[..length - 1]), None);
    }

    #[test]
    fn what_is_not_modified_has_no_body_whatever_its_head_says() {
        let whole = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n";
        let length = whole.len();
        assert_eq!(Answer::of(whole), Some(Answer { status: 304, length }));
    }
}

//! Short texts that the gateway writes itself, with every answer: put together in place. Header values are allocated
//! once.

use std::net::IpAddr;

use http::HeaderValue;

/// The longest there is has less.
const ROOM: usize = 128;

/// A value under construction: words of the code, and numbers.
pub(crate) struct Writer {
    bytes: [u8; ROOM],
    length: usize,
}

impl Writer {
    /// Nothing so far.
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; ROOM],
            length: 0,
        }
    }

    /// A word, visible ASCII.
    pub(crate) fn text(mut self, text: &str) -> Self {
        let end = self.length + text.len();
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(text.as_bytes());
            self.length = end;
        }
        self
    }

    /// A number.
    pub(crate) fn number(self, number: impl itoa::Integer) -> Self {
        self.text(itoa::Buffer::new().format(number))
    }

    /// Microseconds as milliseconds.
    pub(crate) fn milliseconds(self, micros: u64) -> Self {
        let mut digits = itoa::Buffer::new();
        let decimals = digits
            .format(1000 + micros % 1000)
            .strip_prefix('1')
            .unwrap_or_default();
        self.number(micros / 1000).text(".").text(decimals)
    }

    /// An address of the network.
    pub(crate) fn address(self, address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => {
                let [a, b, c, d] = address.octets();
                self.number(a)
                    .text(".")
                    .number(b)
                    .text(".")
                    .number(c)
                    .text(".")
                    .number(d)
            }
            IpAddr::V6(address) => self.text(&address.to_string()),
        }
    }

    /// What was written so far.
    pub(crate) fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// The value.
    #[expect(
        clippy::expect_used,
        reason = "callers write hex, numbers and words of the code alone"
    )]
    pub(crate) fn finish(self) -> HeaderValue {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        HeaderValue::from_bytes(bytes).expect("visible ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::Writer;

    #[test]
    fn milliseconds_have_three_decimals() {
        for (micros, text) in [(0, "0.000"), (7, "0.007"), (1_234_050, "1234.050")] {
            assert_eq!(Writer::new().milliseconds(micros).finish(), text);
        }
    }

    #[test]
    fn addresses_are_as_everywhere() {
        for text in ["0.0.0.0", "255.10.9.100", "::1", "2001:db8::ffff:1"] {
            assert_eq!(Writer::new().address(text.parse().unwrap()).as_str(), text);
        }
    }
}

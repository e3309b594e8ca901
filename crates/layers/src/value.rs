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
    #[inline]
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        let end = self.length + text.len();
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(text.as_bytes());
            self.length = end;
        }
        self
    }

    /// A number.
    pub(crate) fn number(&mut self, number: impl itoa::Integer) -> &mut Self {
        self.text(itoa::Buffer::new().format(number))
    }

    /// Microseconds as milliseconds.
    pub(crate) fn milliseconds(&mut self, micros: u64) -> &mut Self {
        let mut digits = itoa::Buffer::new();
        let decimals = digits
            .format(1000 + micros % 1000)
            .strip_prefix('1')
            .unwrap_or_default();
        self.number(micros / 1000).text(".").text(decimals)
    }

    /// Bytes in hexadecimal.
    pub(crate) fn hex<const N: usize>(&mut self, bytes: [u8; N]) -> &mut Self {
        let end = self.length + 2 * N;
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            let (places, _) = place.as_chunks_mut::<8>();
            let (fours, _) = bytes.as_chunks::<4>();
            for (place, four) in places.iter_mut().zip(fours) {
                *place = digits(*four);
            }
            self.length = end;
        }
        self
    }

    /// An address of the network.
    pub(crate) fn address(&mut self, address: IpAddr) -> &mut Self {
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
    pub(crate) fn finish(&self) -> HeaderValue {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        HeaderValue::from_bytes(bytes).expect("visible ASCII")
    }
}

/// Eight hexadecimal digits at once.
fn digits(four: [u8; 4]) -> [u8; 8] {
    // A byte for each four bits.
    let bits = u64::from(u32::from_be_bytes(four));
    let bits = (bits | bits << 16) & 0x0000_ffff_0000_ffff;
    let bits = (bits | bits << 8) & 0x00ff_00ff_00ff_00ff;
    let bits = (bits | bits << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    // From ten on they are letters, which come 39 places after the digit that would be next.
    let letters = (bits + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101;
    (bits + 0x3030_3030_3030_3030 + letters * 39).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::Writer;

    #[test]
    fn bytes_are_hexadecimal_digits() {
        let bytes = 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210_u128.to_be_bytes();
        assert_eq!(
            Writer::new().hex(bytes).finish(),
            "0123456789abcdeffedcba9876543210"
        );
        for byte in 0..=u8::MAX {
            let text = format!("00ff{byte:02x}10");
            assert_eq!(Writer::new().hex([0, 0xff, byte, 0x10]).finish(), text);
        }
    }

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

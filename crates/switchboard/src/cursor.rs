//! The opaque cursor of a list: a connection's token, sealed so that it can be neither made up nor used on
//! another list. It holds no URL and no secret, and the same place always gives the same cursor.

use aws_lc_rs::{digest, hmac};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use model::{Code, ConnectionName, Error};

/// First byte of every cursor; another layout gets another number.
const VERSION: u8 = 1;
/// Bytes of the MAC that are kept.
const MAC: usize = 16;
/// Bytes of a pseudonym: enough to tell the numbers of one gateway apart.
const PSEUDONYM: usize = 8;
/// The longest cursor, encoded.
const MAX: usize = 512;

/// Where to go on in a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// In which connection.
    pub connection: ConnectionName,
    /// The adapter's token; `None` at the beginning of a connection.
    pub token: Option<String>,
}

/// Seals and opens cursors.
#[derive(Debug, Clone)]
pub struct Seal(hmac::Key);

impl Seal {
    /// With the gateway's secret.
    pub fn new(secret: &[u8]) -> Self {
        let mut key = digest::Context::new(&digest::SHA256);
        key.update(b"switchboard cursor ");
        key.update(secret);
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.finish().as_ref()))
    }

    /// Stands for a text in logs: the same text always for the same, and nobody without the secret can tell which.
    pub fn pseudonym(&self, text: &str) -> String {
        let mac = hmac::sign(&self.0, &[b"pseudonym ", text.as_bytes()].concat());
        HEXLOWER.encode(mac.as_ref().get(..PSEUDONYM).unwrap_or_default())
    }

    /// Seals a cursor for one list; `list` is everything that identifies the list but its page.
    pub fn seal(&self, list: &str, cursor: &Cursor) -> Result<String, Error> {
        let mut payload = cursor.connection.as_str().to_owned();
        if let Some(token) = &cursor.token {
            payload.push('\n');
            payload.push_str(token);
        }
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.mac(list, payload.as_bytes()));
        bytes.extend_from_slice(payload.as_bytes());
        let text = BASE64URL_NOPAD.encode(&bytes);
        if text.len() <= MAX {
            return Ok(text);
        }
        let detail = "The provider's page token is too long for a cursor.";
        Err(Error::provider(Code::ProviderProtocolError, detail).on(&cursor.connection))
    }

    /// Opens a cursor that was sealed for the same list.
    pub fn open(&self, list: &str, text: &str) -> Result<Cursor, Error> {
        self.try_open(list, text).ok_or_else(|| {
            Error::parameter(
                "cursor",
                "not a cursor of this list; use `next_cursor` as it was given, with the same filters",
            )
        })
    }

    fn try_open(&self, list: &str, text: &str) -> Option<Cursor> {
        let bytes = Some(text).filter(|text| text.len() <= MAX)?;
        let bytes = BASE64URL_NOPAD.decode(bytes.as_bytes()).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (mac, payload) = rest.split_at_checked(MAC)?;
        let genuine =
            aws_lc_rs::constant_time::verify_slices_are_equal(mac, &self.mac(list, payload)).is_ok();
        if *version != VERSION || !genuine {
            return None;
        }
        let payload = std::str::from_utf8(payload).ok()?;
        let (connection, token) = match payload.split_once('\n') {
            Some((connection, token)) => (connection, Some(token.to_owned())),
            None => (payload, None),
        };
        Some(Cursor {
            connection: connection.parse().ok()?,
            token,
        })
    }

    fn mac(&self, list: &str, payload: &[u8]) -> [u8; MAC] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(list.as_bytes());
        context.update(&[0, VERSION]);
        context.update(payload);
        let mut mac = [0; MAC];
        for (kept, byte) in mac.iter_mut().zip(context.sign().as_ref()) {
            *kept = *byte;
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cursors_come_back(token in proptest::option::of("[ -~]{0,200}")) {
            let seal = Seal::new(b"secret");
            let cursor = Cursor { connection: "acme".parse().unwrap(), token };
            let text = seal.seal("/v1/numbers", &cursor).unwrap();
            prop_assert_eq!(&seal.seal("/v1/numbers", &cursor).unwrap(), &text);
            prop_assert_eq!(seal.open("/v1/numbers", &text).unwrap(), cursor);
            prop_assert!(seal.open("/v1/numbers?channel=sms", &text).is_err());
            prop_assert!(Seal::new(b"other").open("/v1/numbers", &text).is_err());
        }

        #[test]
        fn an_edited_cursor_is_refused(at in 0_usize..200, byte: u8) {
            let seal = Seal::new(b"secret");
            let cursor = Cursor { connection: "acme".parse().unwrap(), token: Some("x".repeat(100)) };
            let mut bytes = BASE64URL_NOPAD.decode(seal.seal("list", &cursor).unwrap().as_bytes()).unwrap();
            let at = at % bytes.len();
            prop_assume!(bytes[at] != byte);
            bytes[at] = byte;
            prop_assert!(seal.open("list", &BASE64URL_NOPAD.encode(&bytes)).is_err());
        }

        #[test]
        fn anything_else_is_refused(text in "\\PC{0,600}") {
            prop_assert!(Seal::new(b"secret").open("list", &text).is_err());
        }
    }
}

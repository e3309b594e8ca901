//! Who is let in, and how a request proves it.

use data_encoding::BASE64;
use hyper::header::AUTHORIZATION;

use crate::http::Request;

/// An account that a provider of the sandbox accepts.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The provider's name in the registry.
    pub provider: String,
    /// What its requests carry.
    pub credential: Credential,
}

/// The content of an `Authorization` header. No `Debug`: a credential is not for logs.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// HTTP Basic.
    Basic {
        /// The part before the colon.
        username: String,
        /// The part after it.
        password: String,
    },
    /// The bare key, with no scheme in front.
    Key(String),
}

impl Credential {
    fn is_proved_by(&self, header: &str) -> bool {
        match self {
            Self::Key(key) => header == key,
            Self::Basic { username, password } => {
                let Some((scheme, encoded)) = header.split_once(' ') else {
                    return false;
                };
                let expected = format!("{username}:{password}");
                scheme.eq_ignore_ascii_case("basic")
                    && BASE64
                        .decode(encoded.trim().as_bytes())
                        .is_ok_and(|given| given == expected.as_bytes())
            }
        }
    }
}

/// Whether a request proves one of these credentials.
pub(crate) fn admits(credentials: &[Credential], request: &Request) -> bool {
    let header = request.header(&AUTHORIZATION);
    header.is_some_and(|header| {
        credentials
            .iter()
            .any(|credential| credential.is_proved_by(header))
    })
}

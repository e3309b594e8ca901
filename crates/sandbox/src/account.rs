//! Who is let in, and how a request proves it.

use data_encoding::BASE64;
use hyper::header::AUTHORIZATION;
use zeroize::Zeroizing;

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
        username: Zeroizing<String>,
        /// The part after it.
        password: Zeroizing<String>,
    },
    /// The bare key, with no scheme in front.
    Key(Zeroizing<String>),
}

impl Credential {
    fn is_proved_by(&self, header: &str) -> bool {
        match self {
            Self::Key(key) => header == key.as_str(),
            Self::Basic { username, password } => {
                let Some((scheme, encoded)) = header.split_once(' ') else {
                    return false;
                };
                let Ok(given) = BASE64.decode(encoded.trim().as_bytes()).map(Zeroizing::new) else {
                    return false;
                };
                let given = given.strip_prefix(username.as_bytes());
                let given = given.and_then(|rest| rest.strip_prefix(b":"));
                scheme.eq_ignore_ascii_case("basic") && given == Some(password.as_bytes())
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

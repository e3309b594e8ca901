//! `application/x-www-form-urlencoded`, read strictly: what a browser would repair is an error of the
//! client here.

use percent_encoding::percent_decode_str;

/// The parameters in the order that they were sent; a dot in a name has no meaning here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    pairs: Vec<(String, String)>,
}

impl Form {
    /// Nothing for an escape that is cut short or not hexadecimal, and for what is not UTF-8.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let fields = str::from_utf8(body).ok()?.split('&');
        let pairs = fields.filter(|field| !field.is_empty()).map(|field| {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            Some((decode(name)?, decode(value)?))
        });
        pairs.collect::<Option<_>>().map(|pairs| Self { pairs })
    }

    /// Whether there is no parameter at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Every name, as often as it was sent.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(name, _)| name.as_str())
    }

    /// The value of a parameter; of several, the last.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next_back()
    }

    /// All values of a parameter, in order.
    pub(crate) fn values(&self, name: &str) -> impl DoubleEndedIterator<Item = &str> {
        self.pairs
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

fn decode(text: &str) -> Option<String> {
    let mut escapes = text.split('%').skip(1);
    let is_escape = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !escapes.all(is_escape) {
        return None;
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Form {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Form {
            pairs: pairs.iter().map(owned).collect(),
        }
    }

    #[test]
    fn what_a_form_means() {
        let cases: [(&str, &[(&str, &str)]); 7] = [
            ("", &[]),
            ("&&", &[]),
            ("a", &[("a", "")]),
            ("a=&=b", &[("a", ""), ("", "b")]),
            ("a.b=1&c=x&a.b=2", &[("a.b", "1"), ("c", "x"), ("a.b", "2")]),
            ("a+b=c+d%2Be=f", &[("a b", "c d+e=f")]),
            ("%c3%A9=%E2%82%AC&é=%25", &[("é", "€"), ("é", "%")]),
        ];
        for (text, pairs) in cases {
            assert_eq!(Form::parse(text.as_bytes()), Some(form(pairs)), "{text}");
        }
    }

    #[test]
    fn what_is_no_form() {
        let cases: [&[u8]; 7] = [
            b"a=%",
            b"a=%4",
            b"a=%4&b=1",
            b"a=%zz",
            b"%g0=1",
            b"a=%FF",
            b"a=\xFF",
        ];
        for text in cases {
            assert_eq!(Form::parse(text), None, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn values_keep_their_order() {
        let form = Form::parse(b"f=1&g=9&f=2&f=1").unwrap();
        assert_eq!(form.values("f").collect::<Vec<_>>(), ["1", "2", "1"]);
        assert_eq!(
            (form.value("f"), form.value("g"), form.value("F")),
            (Some("1"), Some("9"), None)
        );
        assert_eq!(form.names().collect::<Vec<_>>(), ["f", "g", "f", "f"]);
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(pairs in vec((any::<String>(), any::<String>()), 0..8)) {
            let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let fields: Vec<String> =
                pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
            prop_assert_eq!(Form::parse(fields.join("&").as_bytes()), Some(Form { pairs }));
        }

        #[test]
        fn a_strict_reading_is_the_lenient_one(text in "[a-c.=&+%0-9é]{0,24}") {
            if let Some(form) = Form::parse(text.as_bytes()) {
                let lenient: Vec<(String, String)> = serde_html_form::from_str(&text).unwrap();
                prop_assert_eq!(form.pairs, lenient);
            }
        }

        #[test]
        fn anything_is_read_or_refused(body in vec(any::<u8>(), 0..64)) {
            let fields = body.split(|byte| *byte == b'&').filter(|field| !field.is_empty()).count();
            if let Some(form) = Form::parse(&body) {
                prop_assert_eq!(form.names().count(), fields);
            }
        }
    }
}

//! Subjects of certificates, written as RFC 4514 has them: `CN=dashboard,O=Example`. Two subjects are the same if
//! all their attributes are, in the same order; what no text can be made of equals nothing.

use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::{Tag, Tagged};
use x509_cert::name::Name;

/// The attributes that have names, RFC 4514, section 3, and two that are in wide use beside them.
const NAMES: [(&str, &str); 11] = [
    ("CN", "2.5.4.3"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("C", "2.5.4.6"),
    ("STREET", "2.5.4.9"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
];

/// An attribute: which one, and its value.
type Attribute = (String, String);

/// The subject of a certificate in the form in which subjects are compared.
pub(super) fn canonical(name: &Name) -> Option<String> {
    let mut parts = name
        .iter_rdn()
        .map(|part| part.iter().map(attribute).collect::<Option<Vec<_>>>())
        .collect::<Option<Vec<_>>>()?;
    // A certificate begins with what the text ends with.
    parts.reverse();
    (!parts.is_empty()).then(|| join(parts))
}

/// The same of a text, or what is wrong with it.
pub fn parse(text: &str) -> Result<String, &'static str> {
    let mut parts = vec![Vec::new()];
    let mut rest = text;
    loop {
        let (name, after) = rest.split_once('=').ok_or("has a part without `=`")?;
        let (value, end, after) = value(after)?;
        let attribute = (identifier(name.trim())?, value);
        if let Some(part) = parts.last_mut() {
            part.push(attribute);
        }
        match end {
            None => return Ok(join(parts)),
            Some('+') => {}
            Some(_) => parts.push(Vec::new()),
        }
        rest = after;
    }
}

/// So that it cannot be read in two ways. Attributes of one part have no order.
fn join(parts: Vec<Vec<Attribute>>) -> String {
    let join = |mut part: Vec<Attribute>| {
        part.sort();
        let part: Vec<String> = part
            .iter()
            .map(|(name, value)| format!("{name}={value:?}"))
            .collect();
        part.join("+")
    };
    parts.into_iter().map(join).collect::<Vec<_>>().join(",")
}

fn attribute(attribute: &AttributeTypeAndValue) -> Option<Attribute> {
    let value = match attribute.value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => attribute.value.value(),
        _ => return None,
    };
    let value = std::str::from_utf8(value).ok()?;
    Some((attribute.oid.to_string(), value.to_owned()))
}

fn identifier(name: &str) -> Result<String, &'static str> {
    let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    if let Some((_, oid)) = known {
        return Ok((*oid).to_owned());
    }
    let is_oid = name.contains('.')
        && name
            .split('.')
            .all(|arc| !arc.is_empty() && arc.bytes().all(|digit| digit.is_ascii_digit()));
    if is_oid {
        Ok(name.to_owned())
    } else {
        Err(
            "names an attribute that is none of CN, O, OU, C, L, ST, STREET, DC, UID, serialNumber, emailAddress",
        )
    }
}

/// A value, what ended it, and what comes after that.
fn value(text: &str) -> Result<(String, Option<char>, &str), &'static str> {
    let text = text.trim_start_matches(' ');
    if text.starts_with('#') {
        return Err("has a value in hexadecimal, which is not supported");
    }
    let mut value = Vec::new();
    // Spaces at the end count only if they were escaped.
    let mut length = 0;
    let mut chars = text.chars();
    let end = loop {
        match chars.next() {
            None => break None,
            Some(end @ (',' | '+')) => break Some(end),
            Some('\\') => {
                value.extend(
                    escaped(&mut chars)
                        .ok_or("has a `\\` before what needs none")?
                        .as_slice(),
                );
                length = value.len();
            }
            Some('"' | ';' | '<' | '>') => return Err("has one of \" ; < > without a `\\` before it"),
            Some(plain) => {
                value.extend(plain.encode_utf8(&mut [0; 4]).as_bytes());
                if plain != ' ' {
                    length = value.len();
                }
            }
        }
    };
    value.truncate(length);
    match String::from_utf8(value) {
        Ok(value) if value.is_empty() => Err("has an empty value"),
        Ok(value) => Ok((value, end, chars.as_str())),
        Err(_) => Err("has a value that is not UTF-8"),
    }
}

/// What stands after a `\`: a character that has a meaning, or a byte in two digits.
fn escaped(chars: &mut std::str::Chars<'_>) -> Option<Vec<u8>> {
    let first = chars.next()?;
    if matches!(first, ' ' | '"' | '#' | '+' | ',' | ';' | '<' | '=' | '>' | '\\') {
        return Some(vec![u8::try_from(first).ok()?]);
    }
    let byte = first.to_digit(16)? * 16 + chars.next()?.to_digit(16)?;
    Some(vec![u8::try_from(byte).ok()?])
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    #[test]
    fn spellings_of_one_subject_are_the_same() {
        let canonical = parse("CN=dash board,O=Example").unwrap();
        for same in [
            "cn=dash board, O=Example",
            "CN = dash board , 2.5.4.10=Example",
            r"CN=dash\20board,O=\45xample",
        ] {
            assert_eq!(parse(same).unwrap(), canonical, "{same}");
        }
        for other in [
            "CN=dash board",
            "O=Example,CN=dash board",
            "CN=dash board+O=Example",
            "CN=Dash board,O=Example",
            "CN=dash  board,O=Example",
            r"CN=dash board\,O=Example",
            "CN=dash board,O=Example,C=DE",
        ] {
            assert_ne!(parse(other).unwrap(), canonical, "{other}");
        }
        assert_eq!(parse("CN=a+UID=b").unwrap(), parse("UID=b+CN=a").unwrap());
        assert_ne!(parse(r"CN=a\ ").unwrap(), parse("CN=a ").unwrap());
    }

    #[test]
    fn what_is_no_subject_is_refused() {
        for text in [
            "",
            "dashboard",
            "CN=",
            "CN=a,",
            "X=a",
            "CN=#0402",
            "CN=a;O=b",
            r"CN=a\",
            r"CN=\xyz",
            r"CN=\ff",
            "1..2=a",
            "CN=\"a\"",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_text_equals_the_name_in_a_certificate() {
        for text in [
            "CN=dashboard",
            "CN=a,OU=b,O=c,C=DE",
            r"CN=a\, b,O=c",
            "OU=x+CN=a,DC=example",
        ] {
            let name = Name::from_str(text).unwrap();
            assert_eq!(canonical(&name), Some(parse(text).unwrap()), "{text}");
        }
        assert_eq!(canonical(&Name::default()), None);
    }
}

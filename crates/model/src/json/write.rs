//! Writes values as `serde_json` does, byte by byte the same, and faster where it is text: names of fields are not
//! searched for what must be escaped, texts many bytes at a time.

use std::fmt::{self, Write};

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use crate::scan;

/// The name by which `serde_json` tells a value that is carried by its text.
const VERBATIM: &str = "$serde_json::private::RawValue";

/// Why a value has no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteError(String);

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WriteError {}

impl serde::ser::Error for WriteError {
    fn custom<T: fmt::Display>(why: T) -> Self {
        Self(why.to_string())
    }
}

/// Adds the JSON of a value to a text.
pub fn write<T: Serialize + ?Sized>(value: &T, text: &mut String) -> Result<(), WriteError> {
    value.serialize(Writer {
        text,
        verbatim: false,
    })
}

/// A text that is known to be JSON.
pub(super) fn verbatim<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let mut value = serializer.serialize_struct(VERBATIM, 1)?;
    value.serialize_field(VERBATIM, text)?;
    value.end()
}

/// Adds a string with its quotes.
pub(crate) fn string(value: &str, text: &mut String) {
    if is_plain(value.as_bytes()) {
        return plain(value, text);
    }
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            '\0'..' ' => {
                let digits = [u32::from(c) >> 4, u32::from(c) & 15].map(|digit| char::from_digit(digit, 16));
                text.push_str("\\u00");
                text.extend(digits.into_iter().flatten());
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

/// A string in which nothing is to be escaped, as in all names that are written in code.
fn plain(value: &str, text: &mut String) {
    text.push('"');
    text.push_str(value);
    text.push('"');
}

fn is_plain(value: &[u8]) -> bool {
    scan::all(value, |byte| byte >= b' ' && byte != b'"' && byte != b'\\')
}

/// What is rare.
fn by_serde_json<T: Serialize + ?Sized>(value: &T, text: &mut String) -> Result<(), WriteError> {
    let written = serde_json::to_string(value).map_err(serde::ser::Error::custom)?;
    text.push_str(&written);
    Ok(())
}

/// How a struct ends that stands for a text.
const BARE: &str = "";

struct Writer<'t> {
    text: &'t mut String,
    /// The next string is JSON already.
    verbatim: bool,
}

impl<'t> Writer<'t> {
    fn open(self, open: &str, close: &'static str) -> Parts<'t> {
        self.text.push_str(open);
        Parts {
            text: self.text,
            close,
            more: false,
        }
    }

    /// A variant with something in it is an object with one member.
    fn variant(self, name: &str, open: &str, close: &'static str) -> Parts<'t> {
        self.text.push('{');
        plain(name, self.text);
        self.text.push(':');
        self.open(open, close)
    }
}

macro_rules! numbers {
    ($($method:ident: $number:ty),*) => {
        $(fn $method(self, number: $number) -> Result<(), WriteError> {
            write!(self.text, "{number}").map_err(serde::ser::Error::custom)
        })*
    };
}

impl<'t> Serializer for Writer<'t> {
    type Ok = ();
    type Error = WriteError;
    type SerializeSeq = Parts<'t>;
    type SerializeTuple = Parts<'t>;
    type SerializeTupleStruct = Parts<'t>;
    type SerializeTupleVariant = Parts<'t>;
    type SerializeMap = Parts<'t>;
    type SerializeStruct = Parts<'t>;
    type SerializeStructVariant = Parts<'t>;

    numbers!(serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64);
    numbers!(serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64);

    fn serialize_f32(self, number: f32) -> Result<(), WriteError> {
        by_serde_json(&number, self.text)
    }

    fn serialize_f64(self, number: f64) -> Result<(), WriteError> {
        by_serde_json(&number, self.text)
    }

    fn serialize_bool(self, value: bool) -> Result<(), WriteError> {
        self.text.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), WriteError> {
        by_serde_json(&value, self.text)
    }

    fn serialize_str(self, value: &str) -> Result<(), WriteError> {
        if self.verbatim {
            self.text.push_str(value);
            return Ok(());
        }
        string(value, self.text);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), WriteError> {
        by_serde_json(value, self.text)
    }

    fn serialize_none(self) -> Result<(), WriteError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), WriteError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), WriteError> {
        self.text.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), WriteError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<(), WriteError> {
        plain(name, self.text);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), WriteError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<(), WriteError> {
        let parts = self.variant(name, "", "}");
        write(value, parts.text)?;
        SerializeSeq::end(parts)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'t>, WriteError> {
        Ok(self.open("[", "]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'t>, WriteError> {
        Ok(self.open("[", "]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'t>, WriteError> {
        Ok(self.open("[", "]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Parts<'t>, WriteError> {
        Ok(self.variant(name, "[", "]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'t>, WriteError> {
        Ok(self.open("{", "}"))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Parts<'t>, WriteError> {
        Ok(if name == VERBATIM {
            self.open("", BARE)
        } else {
            self.open("{", "}")
        })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Parts<'t>, WriteError> {
        Ok(self.variant(name, "{", "}}"))
    }
}

/// A list or an object that has begun.
struct Parts<'t> {
    text: &'t mut String,
    /// How it ends.
    close: &'static str,
    /// Something is in it already.
    more: bool,
}

impl Parts<'_> {
    fn comma(&mut self) {
        if self.more {
            self.text.push(',');
        }
        self.more = true;
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.comma();
        write(value, self.text)
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), WriteError> {
        if self.close == BARE {
            return value.serialize(Writer {
                text: self.text,
                verbatim: true,
            });
        }
        self.text.push_str(if self.more { ",\"" } else { "\"" });
        self.more = true;
        self.text.push_str(name);
        self.text.push_str("\":");
        write(value, self.text)
    }

    fn close(self) {
        self.text.push_str(self.close);
    }
}

impl SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), WriteError> {
        self.comma();
        let at = self.text.len();
        write(key, self.text)?;
        if !self.text.get(at..).is_some_and(|key| key.starts_with('"')) {
            return Err(WriteError("a key that is no string".to_owned()));
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.text.push(':');
        write(value, self.text)
    }

    fn end(self) -> Result<(), WriteError> {
        self.close();
        Ok(())
    }
}

macro_rules! lists {
    ($($list:ident: $method:ident),*) => {
        $(impl $list for Parts<'_> {
            type Ok = ();
            type Error = WriteError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
                self.item(value)
            }

            fn end(self) -> Result<(), WriteError> {
                self.close();
                Ok(())
            }
        })*
    };
}

lists!(SerializeSeq: serialize_element, SerializeTuple: serialize_element);
lists!(SerializeTupleStruct: serialize_field, SerializeTupleVariant: serialize_field);

macro_rules! structs {
    ($($kind:ident),*) => {
        $(impl $kind for Parts<'_> {
            type Ok = ();
            type Error = WriteError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), WriteError> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), WriteError> {
                self.close();
                Ok(())
            }
        })*
    };
}

structs!(SerializeStruct, SerializeStructVariant);

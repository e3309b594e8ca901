//! Bytes for the store, and back: numbers, and texts with their length before them. Who reads gets nothing
//! rather than something cut short, left over or made by another version.

use bytes::{Buf, Bytes};

/// Writes.
#[derive(Debug)]
pub(crate) struct Packer(Vec<u8>);

impl Packer {
    /// Of a form; another one gets another number.
    pub(crate) fn new(version: u8) -> Self {
        Self(vec![version])
    }

    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    pub(crate) fn bytes(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let bytes = bytes.as_ref();
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    /// Whether there is one, then it.
    pub(crate) fn option<T>(&mut self, value: Option<T>, some: impl FnOnce(&mut Self, T)) -> &mut Self {
        self.number(u64::from(value.is_some()));
        if let Some(value) = value {
            some(self, value);
        }
        self
    }

    /// How many there are, then each.
    pub(crate) fn list<T>(&mut self, values: &[T], mut each: impl FnMut(&mut Self, &T)) -> &mut Self {
        self.number(values.len() as u64);
        for value in values {
            each(self, value);
        }
        self
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads what a [`Packer`] wrote.
#[derive(Debug)]
pub(crate) struct Unpacker(Bytes);

impl Unpacker {
    pub(crate) fn new(version: u8, bytes: impl Into<Bytes>) -> Option<Self> {
        let mut bytes = bytes.into();
        (bytes.try_get_u8() == Ok(version)).then_some(Self(bytes))
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        self.0.try_get_u64().ok()
    }

    pub(crate) fn flag(&mut self) -> Option<bool> {
        match self.number()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(crate) fn bytes(&mut self) -> Option<Bytes> {
        let length = usize::try_from(self.number()?).ok()?;
        (length <= self.0.len()).then(|| self.0.split_to(length))
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.into()).ok()
    }

    #[expect(
        clippy::option_option,
        reason = "whether it could be read, and then whether there is one"
    )]
    pub(crate) fn option<T>(&mut self, some: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.flag()? {
            some(self).map(Some)
        } else {
            Some(None)
        }
    }

    /// What is claimed to come is not believed before it came: nothing is reserved for it.
    pub(crate) fn list<T>(&mut self, mut each: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut values = Vec::new();
        for _ in 0..self.number()? {
            values.push(each(self)?);
        }
        Some(values)
    }

    /// The value, if nothing is left over.
    pub(crate) fn finish<T>(self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}

/// The same word among those that the gateway itself writes.
pub(crate) fn known(words: &[&'static str], word: &[u8]) -> Option<&'static str> {
    words.iter().find(|known| known.as_bytes() == word).copied()
}

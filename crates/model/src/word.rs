//! Open enums: a closed list of neutral words, and room for whatever a provider says beside it.

use std::borrow::Cow;

use serde::Serialize;

/// A value of an open enum: a neutral word, or `<provider>:<native value>` where no neutral word exists.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Word(Cow<'static, str>);

impl Word {
    /// A word of the neutral schema.
    pub const fn neutral(word: &'static str) -> Self {
        Self(Cow::Borrowed(word))
    }

    /// Whether it is one of the neutral schema, and no provider's own.
    pub const fn is_neutral(&self) -> bool {
        matches!(self.0, Cow::Borrowed(_))
    }

    /// The word as it stands in the API.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How one provider spells an open enum. The pairs are one-to-one, so both directions lose nothing.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary {
    /// The prefix of values without a neutral word.
    pub provider: &'static str,
    /// `(native, neutral)`.
    pub words: &'static [(&'static str, &'static str)],
}

impl Vocabulary {
    /// The neutral word of a native value.
    pub fn word(&self, native: &str) -> Word {
        match self.lookup(native) {
            Some(neutral) => Word::neutral(neutral),
            None => Word(Cow::Owned([self.provider, ":", native].concat())),
        }
    }

    /// Whether the native value has a neutral word; if not, the provider has grown its list.
    pub fn knows(&self, native: &str) -> bool {
        self.lookup(native).is_some()
    }

    /// The native value behind a word; `None` if the word belongs to another provider or to nobody.
    pub fn native<'w>(&self, word: &'w Word) -> Option<&'w str> {
        let word = word.as_str();
        let own = word
            .strip_prefix(self.provider)
            .and_then(|rest| rest.strip_prefix(':'));
        own.or_else(|| {
            let pair = self.words.iter().find(|(_, neutral)| *neutral == word);
            pair.map(|(native, _)| *native)
        })
    }

    fn lookup(&self, native: &str) -> Option<&'static str> {
        self.words
            .iter()
            .find(|(known, _)| *known == native)
            .map(|(_, neutral)| *neutral)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLOURS: Vocabulary = Vocabulary {
        provider: "acme",
        words: &[("rot", "red"), ("blau", "blue")],
    };

    #[test]
    fn every_native_value_comes_back() {
        for native in ["rot", "blau", "red", "acme:rot", "", "grün"] {
            assert_eq!(COLOURS.native(&COLOURS.word(native)), Some(native));
        }
        assert_eq!(COLOURS.word("rot").as_str(), "red");
        assert_eq!(COLOURS.word("red").as_str(), "acme:red");
        assert_eq!(COLOURS.native(&Word::neutral("other:x")), None);
    }
}

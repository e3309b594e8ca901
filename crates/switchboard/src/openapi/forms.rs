//! The forms of texts that are the providers' to say, as patterns: together they take what any of them takes.

use model::IdOf;

/// A connection's name, as [`model::ConnectionName`] reads it.
const NAME: &str = "[a-z][a-z0-9-]{0,31}";

/// The name of a connection.
pub(super) fn connection() -> String {
    format!("^{NAME}$")
}

/// An id that is unique in what it belongs to.
pub(super) fn native(of: IdOf) -> String {
    format!("^(?:{})$", forms(of))
}

/// `<connection>:<native id>`, as [`model::ResourceId`] and the adapters read it.
pub(super) fn global(of: IdOf) -> String {
    format!("^{NAME}:(?:{})$", forms(of))
}

/// One of the words, or `<provider>:<native value>`.
pub(super) fn word<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let mut all: Vec<_> = words.into_iter().map(escaped).collect();
    let providers: Vec<_> = providers::all()
        .iter()
        .map(|provider| provider.profile().provider)
        .collect();
    all.push(format!("(?:{}):[\\s\\S]+", providers.join("|")));
    format!("^(?:{})$", all.join("|"))
}

fn forms(of: IdOf) -> String {
    let all = providers::all();
    let ids = all.iter().flat_map(|provider| provider.profile().ids);
    let forms: Vec<_> = ids
        .filter(|(known, _)| *known == of)
        .map(|(_, form)| *form)
        .collect();
    forms.join("|")
}

/// Words have no other character that means something in a pattern.
fn escaped(word: &str) -> String {
    word.replace('.', "\\.").replace('*', "\\*")
}

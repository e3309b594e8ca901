//! What a client without scope `sensitive` gets to see of a resource.

/// A resource that can be shown in part.
pub trait Resource {
    /// Takes out what needs scope `sensitive`, and says what that was.
    fn redact(&mut self, left_out: &mut Redactions);

    /// Takes out the provider's own bytes.
    fn take_raw(&mut self);
}

/// The fields that were left out, each once.
#[derive(Debug, Default)]
pub struct Redactions {
    prefix: Option<&'static str>,
    fields: Vec<String>,
}

impl Redactions {
    /// Adds a field, named from the resource.
    pub fn add(&mut self, field: &str) {
        let field = self
            .prefix
            .map_or_else(|| field.to_owned(), |prefix| format!("{prefix}.{field}"));
        if !self.fields.contains(&field) {
            self.fields.push(field);
        }
    }

    /// Adds the fields of a nested resource.
    pub fn below(&mut self, prefix: &'static str, redact: impl FnOnce(&mut Self)) {
        let outer = self.prefix.replace(prefix);
        redact(self);
        self.prefix = outer;
    }

    /// `payload, extra, url`, or `None` if nothing was left out.
    pub fn header(&self) -> Option<String> {
        (!self.fields.is_empty()).then(|| self.fields.join(", "))
    }
}

/// Takes user info and query out of a URL, and says whether there was any. Works on the text, since what a
/// provider returns need not be a valid URL.
pub fn redact_url(url: &mut String) -> bool {
    let before = url.len();
    let authority = url.find("://").map_or(0, |scheme| scheme + 3);
    let rest = url.get(authority..).unwrap_or_default();
    let end = authority + rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    if let Some(at) = url.get(authority..end).and_then(|text| text.rfind('@')) {
        url.replace_range(authority..=authority + at, "");
    }
    if let Some(query) = url.find('?') {
        let fragment = url
            .get(query..)
            .and_then(|text| text.find('#'))
            .map_or(url.len(), |at| query + at);
        url.replace_range(query..fragment, "");
    }
    url.len() != before
}

#[cfg(test)]
mod tests {
    use super::redact_url;

    #[test]
    fn urls_lose_user_info_and_query() {
        for (url, shown) in [
            ("https://example.com/sms", "https://example.com/sms"),
            (
                "https://user:pa@ss@example.com/a?token=1#rc=2",
                "https://example.com/a#rc=2",
            ),
            ("https://example.com?x=/@y", "https://example.com"),
            ("https://example.com/@me", "https://example.com/@me"),
            ("user:secret@host/path?q", "host/path"),
            ("", ""),
        ] {
            let mut text = url.to_owned();
            assert_eq!(redact_url(&mut text), text != url);
            assert_eq!(text, shown);
        }
    }
}

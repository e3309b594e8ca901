//! What the shipped file says of its keys: the only place where they are explained in words.

use std::collections::BTreeMap;

/// The explanations in a file, by the path of key or table. Those of connections are under `connections`, whatever
/// theirs is called.
pub(super) struct Comments(BTreeMap<String, String>);

impl Comments {
    /// Reads them. The lines right above a key or table are about it, and so is what follows it in its line; a key or
    /// table may be a comment itself.
    pub(super) fn of(text: &str) -> Self {
        let mut found = BTreeMap::new();
        let (mut table, mut above) = (String::new(), Vec::new());
        for line in text.lines() {
            let Some(what) = Line::of(line) else {
                if line.trim().is_empty() {
                    above.clear();
                }
                above.extend(line.strip_prefix("# "));
                continue;
            };
            let path = match what {
                Line::Table(name) => {
                    table = match name.split_once('.') {
                        Some(("connections", _)) => "connections".to_owned(),
                        _ => name.to_owned(),
                    };
                    table.clone()
                }
                Line::Key(name) => format!("{table}.{name}"),
            };
            let beside = line.split_once("  # ").map(|(_, comment)| comment.trim());
            let words: Vec<&str> = above.drain(..).chain(beside).collect();
            if !words.is_empty() {
                found.entry(path).or_insert_with(|| words.join(" "));
            }
        }
        Self(found)
    }

    /// What is said of a key or table; nothing if it says enough itself.
    pub(super) fn on(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }
}

/// What stands in a line, be it in a comment.
enum Line<'a> {
    Table(&'a str),
    Key(&'a str),
}

impl<'a> Line<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let line = line.strip_prefix("# ").unwrap_or(line);
        if let Some(name) = line.strip_prefix('[') {
            let name = name.trim_start_matches('[').trim_end_matches(']');
            return name
                .chars()
                .all(|c| is_of_name(c) || c == '.')
                .then_some(Self::Table(name));
        }
        let (name, _) = line.split_once(" = ")?;
        name.chars().all(is_of_name).then_some(Self::Key(name))
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_about_what_stands_right_below_or_before_it() {
        let comments = Comments::of(
            "# The file.\n\n# The table.\n[a]\n# First,\n# second.\nb = 1  # third\nc = 1\n# d = 2  # of d\n# # e\n\n\
             # Of one.\n[connections.one]\n# Mine.\nf = 1\n[connections.two]\n# Another.\nf = 1\n",
        );
        for (path, text) in [
            ("a", Some("The table.")),
            ("a.b", Some("First, second. third")),
            ("a.c", None),
            ("a.d", Some("of d")),
            ("connections", Some("Of one.")),
            ("connections.f", Some("Mine.")),
        ] {
            assert_eq!(comments.on(path), text, "{path}");
        }
    }
}

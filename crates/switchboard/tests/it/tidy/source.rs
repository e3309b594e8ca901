//! The workspace's Rust files: as text, and as code with comments and literals blanked out.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// One `.rs` file.
pub(super) struct SourceFile {
    /// Path from the workspace root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
    /// `text` with spaces in place of comments, strings and character literals; line breaks stay.
    pub(super) code: String,
}

/// An `fn` item that has a body.
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    /// Number of the line with the word `fn`.
    pub(super) line: usize,
    /// From that line to the closing brace.
    pub(super) lines: usize,
}

/// The folder that holds the workspace's manifest.
pub(super) fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every `.rs` file of every member, sorted by path.
pub(super) fn source_files() -> io::Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for folder in ["benches", "crates"] {
        collect(folder, &mut files)?;
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

impl SourceFile {
    pub(super) fn line_count(&self) -> usize {
        self.text.lines().count()
    }

    /// Whether the file lies in a crate's `src`.
    pub(super) fn in_src(&self) -> bool {
        self.path.split('/').any(|part| part == "src")
    }

    /// Whether the whole file is test code.
    pub(super) fn is_test(&self) -> bool {
        self.path
            .split('/')
            .any(|part| part == "tests" || part == "tests.rs")
    }

    /// The functions outside `#[cfg(test)]` blocks.
    pub(super) fn product_functions(&self) -> Vec<Function<'_>> {
        let tests = test_blocks(&self.code);
        self.code
            .match_indices("fn ")
            .filter(|(at, _)| !tests.iter().any(|block| block.contains(at)))
            .filter_map(|(at, _)| function(&self.code, at))
            .collect()
    }
}

/// The number of the line in which the byte offset `at` lies.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1
}

/// Blanks comments and literals.
pub(super) fn blank(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after_word = code.chars().next_back().is_some_and(is_word);
        let (opaque, length) = match opaque_length(rest, after_word) {
            Some(length) => (true, length),
            None => (false, first.len_utf8()),
        };
        let (head, tail) = rest.split_at(length);
        if opaque {
            code.extend(head.chars().map(|c| if c == '\n' { c } else { ' ' }));
        } else {
            code.push(first);
        }
        rest = tail;
    }
    code
}

fn collect(folder: &str, files: &mut Vec<SourceFile>) -> io::Result<()> {
    for entry in fs::read_dir(workspace_root().join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{folder}/{name}");
        if entry.file_type()?.is_dir() {
            if name != "target" {
                collect(&path, files)?;
            }
        } else if Path::new(&name)
            .extension()
            .is_some_and(|extension| extension == "rs")
        {
            let text = fs::read_to_string(entry.path())?;
            let code = blank(&text);
            files.push(SourceFile { path, text, code });
        }
    }
    Ok(())
}

/// Bytes of the comment or literal that `rest` begins with; `after_word` tells `r"…"` from `for"…"`.
fn opaque_length(rest: &str, after_word: bool) -> Option<usize> {
    if rest.starts_with("//") {
        Some(rest.find('\n').unwrap_or(rest.len()))
    } else if rest.starts_with("/*") {
        Some(block_comment(rest))
    } else if rest.starts_with('"') {
        Some(quoted(rest, '"'))
    } else if rest.starts_with('\'') {
        character(rest)
    } else if after_word {
        None
    } else {
        raw_string(rest)
    }
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(pair) = rest.as_bytes().get(at..at + 2) {
        match pair {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// `'x'` and `'\…'`, but not the lifetime `'x`.
fn character(rest: &str) -> Option<usize> {
    let mut chars = rest.chars().skip(1);
    match (chars.next(), chars.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => Some(quoted(rest, '\'')),
        _ => None,
    }
}

fn raw_string(rest: &str) -> Option<usize> {
    let after_prefix = ["r", "br", "cr"]
        .iter()
        .find_map(|prefix| rest.strip_prefix(prefix))?;
    let body = after_prefix.trim_start_matches('#');
    let hashes = after_prefix.len() - body.len();
    let content = body.strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = content.find(&close).map_or(content.len(), |at| at + close.len());
    Some(rest.len() - content.len() + end)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn test_blocks(code: &str) -> Vec<std::ops::Range<usize>> {
    let attribute = "#[cfg(test)]";
    code.match_indices(attribute)
        .filter_map(|(at, _)| {
            let (_, item) = code.split_at(at + attribute.len());
            body_end(item).map(|end| at..at + attribute.len() + end)
        })
        .collect()
}

fn function(code: &str, at: usize) -> Option<Function<'_>> {
    let (before, item) = code.split_at(at);
    if before.chars().next_back().is_some_and(is_word) {
        return None;
    }
    let name = item
        .strip_prefix("fn ")?
        .split(|c| !is_word(c))
        .next()
        .filter(|name| !name.is_empty())?;
    let (body, _) = item.split_at(body_end(item)?);
    Some(Function {
        name,
        line: line_of(code, at),
        lines: body.lines().count(),
    })
}

/// Offset behind the braced body of the item that `code` begins with; none if it ends with `;`.
fn body_end(code: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            ';' if depth == 0 => return None,
            _ => {}
        }
        if c == '}' && depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

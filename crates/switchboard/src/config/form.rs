//! What each key of the configuration takes, as data: for the reference and for editors. What is read decides; a test
//! holds both together, from the bounds of each form.

use std::fmt;

use super::value::Zero;

/// A key of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) form: Form,
    /// Nothing goes without it, and it has no default.
    pub(super) is_required: bool,
}

/// What a key takes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// Text of some kind: what it is, and its pattern.
    Text(&'static str, &'static str),
    Flag,
    Count(u64, u64),
    Share(Zero),
    Duration(Zero),
    Size(u64, u64),
    Word(&'static [&'static str]),
    Time,
    /// Of such items; whether there has to be one.
    List(&'static Form, bool),
    Table(&'static [Key]),
    /// `[[name]]`.
    Each(&'static [Key]),
}

impl Form {
    pub(super) const ADDRESS: Self = Self::Text("address with port", "^.+:[0-9]{1,5}$");
    pub(super) const HOST: Self = Self::Text("host", "^[^/@?#]+$");
    pub(super) const NETWORK: Self = Self::Text("network", "^[0-9a-fA-F.:]+(/[0-9]{1,3})?$");
    pub(super) const PATH: Self = Self::Text("path of a file", ".");
    pub(super) const SECRET: Self = Self::Text("secret", "^(env|file):.+$");
    /// Whose value may stand in the file on the sandbox.
    pub(super) const CREDENTIAL: Self = Self::Text("secret", ".");
    pub(super) const WEB: Self = Self::Text("URL", "^https?://.+$");
    pub(super) const ORIGIN: Self = Self::Text("origin", "^https?://[^/]+$");
    pub(super) const SOME: Self = Self::Text("text", ".");
}

impl Key {
    pub(super) const fn new(name: &'static str, form: Form) -> Self {
        Self {
            name,
            form,
            is_required: false,
        }
    }

    pub(super) const fn required(name: &'static str, form: Form) -> Self {
        Self {
            is_required: true,
            ..Self::new(name, form)
        }
    }
}

/// As a reader of the reference sees it.
impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(says, _) => f.write_str(says),
            Self::Flag => f.write_str("`true` or `false`"),
            Self::Count(least, most) => write!(f, "{least} to {most}"),
            Self::Share(Zero::Allowed) => f.write_str("0 to 1"),
            Self::Share(Zero::Refused) => f.write_str("above 0, to 1"),
            Self::Duration(Zero::Allowed) => f.write_str("time, or 0"),
            Self::Duration(Zero::Refused) => f.write_str("time"),
            Self::Size(least, most) => write!(f, "size, {} to {}", Bytes(*least), Bytes(*most)),
            Self::Word(words) => {
                let quoted: Vec<_> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
                f.write_str(&quoted.join(", "))
            }
            Self::Time => f.write_str("RFC 3339 time"),
            Self::List(of, _) => write!(f, "list: {of}"),
            Self::Table(keys) => {
                let names: Vec<_> = keys.iter().map(|key| key.name).collect();
                write!(f, "table: {}", names.join(", "))
            }
            Self::Each(_) => f.write_str("tables"),
        }
    }
}

/// As the configuration has it.
struct Bytes(u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = |shift: u32| self.0 >= 1 << shift && self.0.trailing_zeros() >= shift;
        match self.0 {
            _ if unit(30) => write!(f, "{} GiB", self.0 >> 30),
            _ if unit(20) => write!(f, "{} MiB", self.0 >> 20),
            _ if unit(10) => write!(f, "{} KiB", self.0 >> 10),
            bytes => write!(f, "{bytes} B"),
        }
    }
}

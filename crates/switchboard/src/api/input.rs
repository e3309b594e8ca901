//! What a request says in its path and query. Strict: what nobody asks for is refused by name.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;

use model::{ConnectionName, Error, InvalidId, MAX_LIMIT, NativeId, ResourceId, Result};
use percent_encoding::percent_decode_str;

use crate::cursor::{Cursor, Seal};

/// Items in a page unless the client says otherwise.
const DEFAULT_LIMIT: usize = 20;

/// Variable segments of a path at the most.
pub const VARIABLES: usize = 2;

/// The variable segments of a path by name, still encoded.
pub type Params<'r> = [(&'static str, &'r str); VARIABLES];

/// The parts of a request's target.
#[derive(Debug)]
pub struct Input<'r> {
    params: Params<'r>,
    query: BTreeMap<String, String>,
}

/// Which page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageQuery {
    /// Items at the most.
    pub limit: usize,
    /// Where to begin.
    pub cursor: Option<Cursor>,
}

impl<'r> Input<'r> {
    /// From the variable segments of the path and the query.
    pub fn new(params: Params<'r>, query: Option<&str>) -> Result<Self> {
        let mut pairs = BTreeMap::new();
        for pair in query
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
        {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode_form(name)?, decode_form(value)?);
            if pairs.contains_key(&name) {
                return Err(Error::parameter(&name, "given twice"));
            }
            pairs.insert(name, value);
        }
        Ok(Self { params, query: pairs })
    }

    /// An id of the form `<connection>:<native id>` from the path.
    pub fn resource_id(&self, name: &'static str) -> Result<ResourceId> {
        self.segment(name)
    }

    /// An id inside its parent from the path.
    pub fn native_id(&self, name: &'static str) -> Result<NativeId> {
        self.segment(name)
    }

    /// A connection's name from the path.
    pub fn connection_name(&self, name: &'static str) -> Result<ConnectionName> {
        self.segment(name)
    }

    /// A variable segment as text.
    pub fn text(&self, name: &'static str) -> Result<Cow<'r, str>> {
        let raw = self
            .params
            .iter()
            .find(|(known, _)| *known == name)
            .map_or("", |(_, raw)| raw);
        if !raw.contains('%') {
            return Ok(Cow::Borrowed(raw));
        }
        let text = percent_decode_str(raw).decode_utf8();
        text.map_err(|_| Error::parameter(name, "not UTF-8 once percent-decoded"))
    }

    /// A query parameter.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.query.remove(name)
    }

    /// `?connection=`.
    pub fn take_connection(&mut self) -> Result<Option<ConnectionName>> {
        let text = self.take("connection");
        text.map(|text| {
            text.parse()
                .map_err(|e: InvalidId| Error::parameter("connection", e.to_string()))
        })
        .transpose()
    }

    /// `?effective=true` and the like.
    pub fn take_flag(&mut self, name: &str) -> Result<bool> {
        match self.take(name).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Error::parameter(name, "`true` or `false`")),
        }
    }

    /// `?include=raw`.
    pub fn take_include(&mut self) -> Result<bool> {
        match self.take("include").as_deref() {
            None => Ok(false),
            Some("raw") => Ok(true),
            Some(other) => Err(Error::parameter(
                "include",
                format!("`{}` is not known; `raw` is", other.escape_debug()),
            )),
        }
    }

    /// `?limit=` and `?cursor=`; the cursor must be one of the list of that name.
    pub fn take_page(&mut self, seal: &Seal, list: impl FnOnce() -> String) -> Result<PageQuery> {
        let limit = match self.take("limit") {
            None => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit) && !text.starts_with('+'))
                .ok_or_else(|| Error::parameter("limit", format!("a whole number from 1 to {MAX_LIMIT}")))?,
        };
        let cursor = self
            .take("cursor")
            .map(|text| seal.open(&list(), &text))
            .transpose()?;
        Ok(PageQuery { limit, cursor })
    }

    /// Refuses what is left of the query.
    pub fn finish(self) -> Result<()> {
        match self.query.into_keys().next() {
            None => Ok(()),
            Some(name) => Err(Error::parameter(
                &name.escape_debug().to_string(),
                "not a parameter of this path",
            )),
        }
    }

    fn segment<T: FromStr<Err = InvalidId>>(&self, name: &'static str) -> Result<T> {
        self.text(name)?
            .parse()
            .map_err(|e: InvalidId| Error::parameter(name, e.to_string()))
    }
}

/// `application/x-www-form-urlencoded`: `+` is a space.
fn decode_form(text: &str) -> Result<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .map(Cow::into_owned)
        .map_err(|_| Error::parameter("query", "not UTF-8 once percent-decoded"))
}

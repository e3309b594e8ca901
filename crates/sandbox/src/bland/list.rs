//! The list of conversations, in the two dialects that the documentation describes: pages counted
//! from one, or an offset with a limit. Which one production speaks is not known, so both answer.

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};

use super::error::Error;
use super::filter::{self, Filters};
use crate::http::Request;

/// What a list shows of a conversation; the rest comes only when it is fetched by its id.
const FIELDS: [&str; 20] = [
    "id",
    "created_at",
    "updated_at",
    "user_number",
    "agent_number",
    "variables",
    "current_node_id",
    "curr_pathway_id",
    "is_active",
    "timed_out_at",
    "ended_by_end_call_node",
    "message_count",
    "last_message",
    "last_message_at",
    "last_message_timestamp",
    "pathway_tags",
    "effective_channel",
    "summary",
    "citation_variables",
    "disposition_tag",
];
const NEWEST_FIRST: &str = "created_at";
const PAGE_SIZE: usize = 25;
const MAX_LIMIT: usize = 1000;

#[derive(Clone, Copy)]
enum Dialect {
    Pages,
    Offset,
}

/// A stretch of the list.
struct Window {
    offset: usize,
    size: usize,
    /// Counted from one.
    page: usize,
}

/// The body of the answer.
pub(super) fn answer<'a>(
    conversations: impl Iterator<Item = &'a Value>,
    request: &Request,
) -> Result<Value, Error> {
    let dialect = Dialect::of(request);
    let window = dialect.window(request)?;
    let filters = Filters::of(request, &FIELDS);
    let mut wanted: Vec<&Value> = conversations.filter(|one| filters.admit(one)).collect();
    dialect.sort(request, &mut wanted)?;
    let shown = wanted.iter().skip(window.offset).take(window.size);
    let data: Vec<Value> = shown.map(|conversation| item(conversation)).collect();
    let pagination = json!({
        "totalItems": wanted.len(),
        // A size of zero asks for the count alone.
        "totalPages": if window.size == 0 { 0 } else { wanted.len().div_ceil(window.size) },
        "currentPage": window.page,
        "pageSize": window.size,
    });
    Ok(match dialect {
        Dialect::Pages => json!({ "data": data, "errors": null, "extra": { "pagination": pagination } }),
        Dialect::Offset => json!({ "data": data, "errors": null, "pagination": pagination }),
    })
}

impl Dialect {
    /// The one whose parameters are there: pages for those of both, and for none.
    fn of(request: &Request) -> Self {
        let has = |names: [&str; 2]| names.into_iter().any(|name| request.query(name).is_some());
        if has(["from", "limit"]) && !has(["page", "pageSize"]) {
            Self::Offset
        } else {
            Self::Pages
        }
    }

    fn window(self, request: &Request) -> Result<Window, Error> {
        match self {
            Self::Pages => {
                let page = number(request, "page", 1, 1..=usize::MAX)?;
                let size = number(request, "pageSize", PAGE_SIZE, 1..=MAX_LIMIT)?;
                let offset = page.saturating_sub(1).saturating_mul(size);
                Ok(Window { offset, size, page })
            }
            Self::Offset => {
                let offset = number(request, "from", 0, 0..=usize::MAX)?;
                let size = number(request, "limit", MAX_LIMIT, 0..=MAX_LIMIT)?;
                let page = offset.checked_div(size).unwrap_or(0).saturating_add(1);
                Ok(Window { offset, size, page })
            }
        }
    }

    /// The newest first, unless the request says otherwise.
    fn sort(self, request: &Request, conversations: &mut [&Value]) -> Result<(), Error> {
        let (field, direction, ascending, descending) = match self {
            Self::Pages => ("sortBy", "sortDir", "asc", "desc"),
            Self::Offset => ("sort_by", "ascending", "true", "false"),
        };
        let by = request.query(field).unwrap_or(NEWEST_FIRST);
        if !FIELDS.contains(&by) {
            return Err(Error::InvalidParameter(field));
        }
        conversations.sort_by(|one, other| filter::order(one.get(by), other.get(by)));
        match request.query(direction) {
            Some(word) if word == ascending => {}
            Some(word) if word != descending => return Err(Error::InvalidParameter(direction)),
            _ => conversations.reverse(),
        }
        Ok(())
    }
}

fn item(conversation: &Value) -> Value {
    let field = |name: &str| Some((name.to_owned(), conversation.get(name)?.clone()));
    Value::Object(FIELDS.into_iter().filter_map(field).collect::<Map<_, _>>())
}

fn number(
    request: &Request,
    name: &'static str,
    default: usize,
    valid: RangeInclusive<usize>,
) -> Result<usize, Error> {
    let Some(text) = request.query(name) else {
        return Ok(default);
    };
    let number = text.parse().ok().filter(|number| valid.contains(number));
    number.ok_or(Error::InvalidParameter(name))
}

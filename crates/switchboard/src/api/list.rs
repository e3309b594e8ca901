//! Lists: one connection's, or several connections' one after the other, in one envelope.

use http::header::LINK;
use http::{HeaderName, HeaderValue};
use layers::{Draft, StaleTail};
use model::{
    Code, ConnectionName, Error, Exchange, Operation, Page, PageRequest, Resource, Result, Timestamp,
};
use serde::Serialize;

use super::call::Call;
use super::input::PageQuery;
use super::render;
use crate::connection::Connection;
use crate::cursor::Cursor;
use crate::problem::Problem;
use crate::{clock, exchange, gate};

/// A list that is spread over connections.
pub struct List<'c> {
    /// The request.
    pub call: &'c Call,
    /// What is asked of each connection.
    pub operation: Operation,
    /// Path and filters, everything that identifies the list but its page; cursors are sealed to it.
    pub name: String,
    /// Which page.
    pub page: &'c PageQuery,
}

/// What became of one connection that was asked for a page.
struct Source<'c> {
    connection: &'c Connection,
    as_of: Option<Timestamp>,
    error: Option<Error>,
}

/// A page, and where it came from.
struct Gathered<'c, T> {
    items: Vec<T>,
    next: Option<Cursor>,
    sources: Vec<Source<'c>>,
}

impl<'c> List<'c> {
    /// Fills a page from the connections in their order, each to its end.
    pub async fn answer<T, F>(&self, connections: &[&'c Connection], read: F) -> Result<Draft>
    where
        T: Resource + Serialize + Send,
        F: Fn(&'c Connection, &PageRequest) -> Result<Exchange<Page<T>>> + Send + Sync,
    {
        let start = self.start(connections)?;
        let mut page = Gathered {
            items: Vec::new(),
            next: None,
            sources: Vec::new(),
        };
        let mut token = self.page.cursor.as_ref().and_then(|cursor| cursor.token.clone());
        for connection in connections.iter().skip(start) {
            if let Err(error) = gate::check(connection, self.operation) {
                page.sources.push(Source {
                    connection,
                    as_of: None,
                    error: Some(error),
                });
                continue;
            }
            let limit = self.page.limit - page.items.len();
            if limit == 0 {
                page.next = Some(Cursor {
                    connection: connection.name.clone(),
                    token: None,
                });
                break;
            }
            let request = PageRequest {
                limit,
                token: token.take(),
            };
            match self.ask(connection, read(connection, &request)).await {
                Ok(part) => {
                    page.sources.push(Source {
                        connection,
                        as_of: Some(clock::now()),
                        error: None,
                    });
                    page.items.extend(part.items);
                    if let Some(token) = part.next {
                        page.next = Some(Cursor {
                            connection: connection.name.clone(),
                            token: Some(token),
                        });
                        break;
                    }
                }
                Err(error) => page.sources.push(Source {
                    connection,
                    as_of: None,
                    error: Some(error),
                }),
            }
        }
        self.draft(page)
    }

    async fn ask<T>(&self, connection: &Connection, exchange: Result<Exchange<Page<T>>>) -> Result<Page<T>> {
        let exchange = exchange.map_err(|error| error.on(&connection.name))?;
        exchange::run(connection, self.operation, exchange, self.call.caller()).await
    }

    /// Where the cursor says to begin. The client may have lost the connection since it got the cursor.
    fn start(&self, connections: &[&Connection]) -> Result<usize> {
        let Some(cursor) = &self.page.cursor else {
            return Ok(0);
        };
        connections
            .iter()
            .position(|connection| connection.name == cursor.connection)
            .ok_or_else(|| {
                let detail = format!(
                    "The cursor leads to connection `{}`, which the client may not use.",
                    cursor.connection
                );
                Error::client(Code::Forbidden, detail)
            })
    }

    fn draft<T: Resource + Serialize>(&self, page: Gathered<'_, T>) -> Result<Draft> {
        let Gathered { items, next, sources } = page;
        for source in &sources {
            self.call
                .gateway
                .metrics
                .source(source.connection.name.as_str(), source.status());
        }
        if !sources.is_empty() && sources.iter().all(|source| source.error.is_some()) {
            // The failure of a provider says more than that another one does not have the operation.
            let mut errors: Vec<Error> = sources.into_iter().filter_map(|source| source.error).collect();
            let telling = errors
                .iter()
                .position(|error| error.code() != Code::UnsupportedByProvider);
            return Err(errors.swap_remove(telling.unwrap_or(0)));
        }
        let cursor = next
            .map(|next| self.call.gateway.seal.seal(&self.name, &next))
            .transpose()?;
        let envelope = Envelope {
            list: &self.name,
            cursor: cursor.as_deref(),
            sources: &sources,
        };
        let mut draft = render::list(self.call, items, &envelope)?;
        draft.cacheable = sources
            .iter()
            .all(|source| source.error.is_none() || source.status() == "unsupported");
        if let Some(cursor) = cursor {
            draft.headers.push(next_link(
                &self.name,
                self.page.limit,
                &cursor,
                self.call.view.raw,
            )?);
        }
        Ok(draft)
    }
}

/// `Link` to the page after this one. `list` is its path, with the filters as a query if there are any.
pub fn next_link(list: &str, limit: usize, cursor: &str, raw: bool) -> Result<(HeaderName, HeaderValue)> {
    let separator = if list.contains('?') { '&' } else { '?' };
    let raw = if raw { "&include=raw" } else { "" };
    let link = format!("<{list}{separator}limit={limit}&cursor={cursor}{raw}>; rel=\"next\"");
    let link = HeaderValue::try_from(link).map_err(|error| Error::internal(error.to_string()))?;
    Ok((LINK, link))
}

impl Source<'_> {
    fn status(&self) -> &'static str {
        match &self.error {
            None => "ok",
            Some(error) if error.code() == Code::UnsupportedByProvider => "unsupported",
            Some(_) => "error",
        }
    }
}

/// What stands after the items.
pub struct Envelope<'a> {
    list: &'a str,
    cursor: Option<&'a str>,
    sources: &'a [Source<'a>],
}

#[derive(Serialize)]
struct SourceView<'a> {
    connection: &'a ConnectionName,
    status: &'static str,
    as_of: Option<&'a Timestamp>,
    problem: Option<Problem<'a>>,
}

impl Envelope<'_> {
    /// The body around the items, which are JSON already, and how it ends once it is stale.
    pub fn wrap(&self, items: &[u8]) -> Result<(Vec<u8>, StaleTail)> {
        let mut body = Vec::with_capacity(items.len() + 256);
        body.extend_from_slice(b"{\"data\":");
        body.extend_from_slice(items);
        body.extend_from_slice(b",\"next_cursor\":");
        body.extend_from_slice(&render::bytes(&self.cursor)?);
        body.extend_from_slice(b",\"sources\":");
        let at = body.len();
        body.extend_from_slice(&self.tail("ok")?);
        Ok((
            body,
            StaleTail {
                at,
                bytes: self.tail("stale")?.into(),
            },
        ))
    }

    fn tail(&self, good: &'static str) -> Result<Vec<u8>> {
        let view = |source: &Source<'_>| -> Result<Vec<u8>> {
            render::bytes(&SourceView {
                connection: &source.connection.name,
                status: if source.error.is_none() {
                    good
                } else {
                    source.status()
                },
                as_of: source.as_of.as_ref(),
                problem: source
                    .error
                    .as_ref()
                    .map(|error| Problem::of(error, self.list, None)),
            })
        };
        let views = self.sources.iter().map(view).collect::<Result<Vec<_>>>()?;
        Ok([b"[".as_slice(), &views.join(&b','), b"]}"].concat())
    }
}

//! Lists: one connection's, or several connections' one after the other, in one envelope.

use layers::Draft;
use model::{Code, Error, Exchange, Operation, Page, PageRequest, Resource, Result};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::call::Call;
use super::envelope::{Envelope, Source, next_link};
use super::input::PageQuery;
use super::render;
use crate::connection::Connection;
use crate::cursor::Cursor;
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

/// The name of a list: its path and its filters, as they stand in a link.
pub fn name(path: &str, filters: &[(&str, Option<&str>)]) -> String {
    let pair = |(key, value): &(&str, Option<&str>)| {
        value.map(|value| format!("{key}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
    };
    match filters.iter().filter_map(pair).collect::<Vec<_>>().join("&") {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

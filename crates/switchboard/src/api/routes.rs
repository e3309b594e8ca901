//! The table of routes, and the layer that matches a request against it. Once per request: unknown paths get
//! 404 at once; what else is wrong with a target waits until the client has been admitted.

use std::array;
use std::sync::{Arc, LazyLock};

use http::Method;
use layers::around::Around;
use layers::{Access, Context, Permission, Request, Response, RouteInfo};
use model::{Code, Error, Result};

use super::endpoint::{Endpoint, Parsed};
use super::input::{Input, Params};
use super::route::{Query, Route};
use super::{
    connections, console, conversations, documents, drift, explain, numbers, overview, pages, scope_webhooks,
    services,
};
use crate::gate;
use crate::gateway::Gateway;
use crate::proxy;

/// Every path of the API.
pub const TABLES: [&[Route]; 14] = [
    console::ROUTES,
    documents::ROUTES,
    pages::ROUTES,
    connections::ROUTES,
    services::ROUTES,
    scope_webhooks::ROUTES,
    conversations::ROUTES,
    conversations::webhooks::ROUTES,
    conversations::deliveries::ROUTES,
    numbers::ROUTES,
    numbers::webhook::ROUTES,
    overview::ROUTES,
    drift::ROUTES,
    explain::ROUTES,
];

/// Matches requests.
#[derive(Clone)]
pub struct MatchRoute(pub Arc<Gateway>);

impl Around<Request, Response, Error> for MatchRoute {
    type After = ();

    fn before(&self, request: &mut Request) -> Result<(), Result<Response, Error>> {
        let Some(context) = Context::of(request.extensions()).cloned() else {
            return Ok(());
        };
        if proxy::is_proxy(request.uri().path()) {
            return proxy::matched(&self.0, request, &context).map_err(Err);
        }
        let uri = request.uri();
        let Some((route, params)) = find(uri.path()) else {
            return Err(Err(Error::client(Code::NotFound, "There is no such path.")));
        };
        context.route.get_or_init(|| RouteInfo {
            template: route.template,
            public: route.public,
        });
        let parsed = self.parse(route, params, uri.query(), request.method());
        context.access.get_or_init(|| Access {
            permission: route
                .action(request.method())
                .map_or(Permission::Read, |action| action.permission),
            connection: parsed
                .endpoint
                .as_ref()
                .ok()
                .and_then(|endpoint| endpoint.connection().cloned()),
            sensitive: parsed.raw,
        });
        request.extensions_mut().insert(parsed);
        Ok(())
    }
}

impl MatchRoute {
    fn parse(
        &self,
        route: &'static Route,
        params: Params<'_>,
        query: Option<&str>,
        method: &Method,
    ) -> Parsed {
        let (mut raw, mut place) = (false, None);
        let endpoint = match route.action(method) {
            Some(action) => Input::new(params, query).and_then(|mut input| {
                if action.query.contains(&Query::Include) {
                    raw = input.take_include()?;
                }
                let endpoint = (action.parse)(&mut input, &self.0)?;
                input.finish()?;
                if let Some(connection) = endpoint.connection() {
                    place = Some(self.0.connection(connection)?.index);
                }
                Ok(endpoint)
            }),
            None if *method == Method::OPTIONS => Ok(Endpoint::Options(route.allow(|_| true))),
            None => Err(self.method_not_allowed(route, params)),
        };
        Parsed {
            gateway: Arc::clone(&self.0),
            route,
            endpoint,
            place,
            raw,
        }
    }

    /// `Allow` lists what this provider has; which one it is, any other method of the path tells.
    fn method_not_allowed(&self, route: &'static Route, params: Params<'_>) -> Error {
        let endpoint = Input::new(params, None)
            .ok()
            .zip(route.actions.first())
            .and_then(|(mut input, action)| (action.parse)(&mut input, &self.0).ok());
        let allow = self.0.allow(route, endpoint.as_ref());
        Error::client(Code::MethodNotAllowed, format!("This path has {allow}.")).allow(allow)
    }
}

impl Gateway {
    /// The methods of a route that the connection of a request has, as `Allow` has them.
    pub fn allow(&self, route: &Route, endpoint: Option<&Endpoint>) -> String {
        let connection = endpoint.and_then(|endpoint| self.connection(endpoint.connection()?).ok());
        route.allow(|action| {
            let operation = connection.zip(action.operation);
            operation.is_none_or(|(connection, operation)| gate::check(connection, operation).is_ok())
        })
    }
}

/// Segments of a path, the empty one before the first slash too; no template has more.
const MOST: usize = 8;

/// The route of a path, and its variable segments, still encoded.
fn find(path: &str) -> Option<(&'static Route, Params<'_>)> {
    /// By the number of their segments.
    static ROUTES: LazyLock<[Vec<Compiled>; MOST + 1]> = LazyLock::new(|| {
        let routes = || TABLES.into_iter().flatten().map(Compiled::of);
        array::from_fn(|count| routes().filter(|route| route.parts.len() == count).collect())
    });
    let mut room = [&[][..]; MOST];
    let mut count = 0;
    for segment in path.as_bytes().split(|byte| *byte == b'/') {
        *room.get_mut(count)? = segment;
        count += 1;
    }
    let segments = room.get(..count)?;
    ROUTES
        .get(count)?
        .iter()
        .find_map(|route| Some((route.route, route.capture(segments)?)))
}

/// A route whose template is cut already.
struct Compiled {
    route: &'static Route,
    parts: Vec<Part>,
}

enum Part {
    Literal(&'static str),
    Variable(&'static str),
}

impl Compiled {
    fn of(route: &'static Route) -> Self {
        let part = |part: &'static str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => Part::Variable(name),
            None => Part::Literal(part),
        };
        Self {
            route,
            parts: route.template.split('/').map(part).collect(),
        }
    }

    /// There are as many segments as it has parts.
    fn capture<'p>(&self, segments: &[&'p [u8]]) -> Option<Params<'p>> {
        let mut params = Params::default();
        let mut free = params.iter_mut();
        for (part, segment) in self.parts.iter().zip(segments) {
            match part {
                Part::Literal(literal) if literal.as_bytes() == *segment => {}
                Part::Variable(name) if !segment.is_empty() => {
                    *free.next()? = (name, std::str::from_utf8(segment).ok()?);
                }
                Part::Literal(_) | Part::Variable(_) => return None,
            }
        }
        Some(params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_found_with_all_of_its_variables() {
        for route in TABLES.into_iter().flatten() {
            let path = route.template.replace(['{', '}'], "");
            let (found, params) = find(&path).unwrap();
            let variables = route.template.split('/').filter(|part| part.starts_with('{'));
            let params = params.iter().filter(|(name, _)| !name.is_empty());
            assert_eq!(found.template, route.template);
            assert_eq!(params.count(), variables.count(), "{path}");
            assert_eq!(
                find(&format!("{path}/more/than/there/is/of/it")).map(|_| ()),
                None
            );
        }
        for path in [
            "",
            "/v1",
            "/v1/numbers/",
            "/v1//numbers",
            "/v1/conversations//webhooks",
        ] {
            assert!(find(path).is_none(), "{path}");
        }
    }
}

//! Pages as the gateway and an adapter exchange them. The opaque cursor that clients see is sealed around
//! the token by the gateway.

/// The largest page that a client may ask for.
pub const MAX_LIMIT: usize = 100;

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// How many items at the most, 1 to [`MAX_LIMIT`].
    pub limit: usize,
    /// Where the page before it ended, in the adapter's own words; `None` for the first page.
    pub token: Option<String>,
}

/// Part of a list, in the provider's order.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// At most as many as were asked for; fewer only at the end.
    pub items: Vec<T>,
    /// Where to go on; `None` at the end. Deterministic: the same place gives the same token.
    pub next: Option<String>,
}

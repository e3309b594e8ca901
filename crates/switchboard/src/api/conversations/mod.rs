//! `/v1/conversations/{id}/…`

pub mod deliveries;
pub mod webhooks;

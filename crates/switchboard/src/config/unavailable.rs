//! Keys of the configuration's design that this version does not have. To accept one in silence
//! would be a lie, above all where it is about access.

/// `(path, what to do instead)`.
const UNAVAILABLE: [(&str, &str); 1] = [(
    "telemetry.otlp_endpoint",
    "remove it: logs and metrics carry the trace id",
)];

/// What to do instead, if this version does not have it.
pub(super) fn instead(path: &str) -> Option<&'static str> {
    UNAVAILABLE
        .iter()
        .find(|(unavailable, _)| *unavailable == path)
        .map(|(_, instead)| *instead)
}

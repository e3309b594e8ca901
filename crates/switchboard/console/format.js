// Times and amounts as people read them.

/** @param {string} time RFC 3339 */
export function instant(time) {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** @param {number} milliseconds */
export function duration(milliseconds) {
  if (milliseconds < 1) return `${Math.round(milliseconds * 1000)} µs`;
  if (milliseconds < 1000) return `${short(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${short(milliseconds / 1000)} s`;
  if (milliseconds < 3_600_000) return `${Math.round(milliseconds / 60_000)} min`;
  if (milliseconds < 172_800_000) return `${Math.round(milliseconds / 3_600_000)} h`;
  return `${Math.round(milliseconds / 86_400_000)} days`;
}

/** @param {number} value */
export function amount(value) {
  return short(value).toLocaleString();
}

/** @param {number} share from 0 to 1 */
export function percent(share) {
  return `${short(share * 100)} %`;
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/** A tenth where it matters. @param {number} value */
function short(value) {
  return value < 10 ? Number(value.toFixed(1)) : Math.round(value);
}

import { ProblemError } from './problem.js';

/** How to reach a gateway. */
export interface ClientOptions {
  /** Where it is: `https://switchboard.example.com`. */
  baseUrl: string;
  /** A JWT or, on a server, a key; or a function that is asked for one at each try. */
  token?: string | (() => string | Promise<string>);
  /** Takes the place of the platform's `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
  /** Ends everything that this client does. */
  signal?: AbortSignal;
  /** How often a call is tried again after a failure of the network or a problem that is `retryable`; 0 if not set. */
  retries?: number;
  /** How many answers are kept to be validated instead of sent again; 100 if not set. */
  cache?: number;
}

/** The longest pause before another try. An answer that asks for a longer one is the last. */
const LONGEST_PAUSE = 30_000;

/** A `fetch` with the client's credential and its retries. */
export function transport(options: ClientOptions): (request: Request) => Promise<Response> {
  const { token, fetch = (request: Request) => globalThis.fetch(request), retries = 0 } = options;
  const attempt = async (request: Request) => {
    const copy = request.clone();
    if (token !== undefined) {
      copy.headers.set('Authorization', `Bearer ${typeof token === 'function' ? await token() : token}`);
    }
    return fetch(copy);
  };
  return async (request) => {
    for (let tried = 0; ; tried += 1) {
      const outcome = await attempt(request).catch((error: unknown) => new Failure(error));
      const wait = tried < retries && !request.signal.aborted ? await pauseAfter(outcome, tried) : null;
      if (wait !== null) {
        await pause(wait, request.signal);
      } else if (outcome instanceof Failure) {
        throw outcome.error;
      } else {
        return outcome;
      }
    }
  };
}

class Failure {
  constructor(readonly error: unknown) {}
}

// Every call may be repeated: a merge patch is what it was, and a POST has its key. But an answer that was kept
// for the key stays the same.
async function pauseAfter(outcome: Response | Failure, tried: number): Promise<number | null> {
  const backoff = Math.random() * 250 * 2 ** tried;
  if (outcome instanceof Failure) return outcome.error instanceof TypeError ? backoff : null;
  if (outcome.ok || outcome.status < 400 || outcome.headers.has('idempotency-replayed')) return null;
  const body: unknown = await outcome.clone().json().catch(() => null);
  const { retryable, retryAfter } = new ProblemError(outcome, body);
  const wait = retryAfter ?? backoff;
  return retryable && wait <= LONGEST_PAUSE ? wait : null;
}

function pause(span: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, span);
    signal.addEventListener('abort', stop, { once: true });
  });
}

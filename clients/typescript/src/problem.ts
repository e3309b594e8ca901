import type { components } from './schema.js';

/** The document of an error (RFC 9457). */
export type Problem = components['schemas']['Problem'];
/** A stable name to branch on. There will be more of them. */
export type ProblemCode = Problem['code'];

/** What every answer of 400 and above is thrown as. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** The HTTP status. */
  readonly status: number;
  /** The gateway's document; null if something in between answered, or the answer has no body. */
  readonly problem: Problem | null;
  /** How long to wait before the next try, in milliseconds, if the answer says so. */
  readonly retryAfter: number | null;
  /** The gateway's id of the request, for its logs. */
  readonly requestId: string | null;

  /** An answer and its body, which may be anything. */
  constructor(response: Response, body: unknown) {
    const problem = asProblem(body);
    super(`${response.status} ${problem ? `${problem.code}: ${problem.detail}` : response.statusText}`.trim());
    this.status = response.status;
    this.problem = problem;
    this.retryAfter = milliseconds(response.headers.get('retry-after'));
    this.requestId = problem?.request_id ?? response.headers.get('x-request-id');
  }

  /** A stable name to branch on. */
  get code(): ProblemCode | null {
    return this.problem?.code ?? null;
  }

  /** Who caused it. */
  get origin(): Problem['origin'] | null {
    return this.problem?.origin ?? null;
  }

  /** What is wrong with the request, part by part: `pointer` into the body, or `parameter`. */
  get errors(): Problem['errors'] {
    return this.problem?.errors ?? [];
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return this.problem?.retryable ?? [429, 502, 503, 504].includes(this.status);
  }
}

/** Whether an error is an answer of the gateway, of this code if one is given. */
export function isProblem<C extends ProblemCode>(
  error: unknown,
  code?: C,
): error is ProblemError & { readonly code: C; readonly problem: Problem } {
  return error instanceof ProblemError && error.problem !== null && (code === undefined || error.code === code);
}

function asProblem(body: unknown): Problem | null {
  const is = typeof body === 'object' && body !== null && 'code' in body && 'origin' in body && 'status' in body;
  return is ? (body as Problem) : null;
}

// Seconds or a date.
function milliseconds(retryAfter: string | null): number | null {
  if (retryAfter === null) return null;
  const span = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now();
  return Number.isNaN(span) ? null : Math.max(span, 0);
}

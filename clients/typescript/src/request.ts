import createFetchClient from 'openapi-fetch';
import { ProblemError } from './problem.js';
import type { paths } from './schema.js';
import { type ClientOptions, transport } from './transport.js';
import { Validators } from './validators.js';

/** What came back. */
export interface Answer<T> {
  /** The body. It may be given to several callers, so its type is read-only. */
  readonly data: T;
  /** Its validator, for `ifMatch`. */
  readonly etag: string | null;
  /** The answer itself, for its headers; its body is used up. */
  readonly response: Response;
}

/** How to read. */
export interface ReadOptions {
  /** Ends the call. */
  signal?: AbortSignal;
  /** Passes the gateway's cache by. */
  fresh?: boolean;
}

/** How to change. */
export interface WriteOptions {
  /** Ends the call; the change may happen all the same. */
  signal?: AbortSignal;
  /** The `etag` of what was read. If something else is there now, the problem is `precondition_failed`. */
  ifMatch?: string;
}

/** How to make something. */
export interface CreateOptions {
  /** Ends the call; the thing may be made all the same. */
  signal?: AbortSignal;
  /** Names the intent: the same key again makes nothing new. Made for each call if it is not given. */
  idempotencyKey?: string;
}

/** A method of the API. */
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
/** A path of the API. */
export type Path = keyof paths & `/v1/${string}`;
/** The paths that have this method. */
export type PathOf<M extends Method> = { [P in Path]: paths[P][M] extends object ? P : never }[Path];
/** The query of an operation. */
export type Query<M extends Method, P extends Path> = paths[P][M] extends { parameters: { query?: infer T } }
  ? NonNullable<T>
  : never;
/** What an operation is sent. */
export type Body<M extends Method, P extends Path> = paths[P][M] extends { requestBody?: { content: infer T } }
  ? T[keyof T]
  : never;
/** What a call needs and may have. */
export type Init<M extends Method, P extends Path> = Optional<'params', Params<paths[P][M]>> &
  (paths[P][M] extends { requestBody: object } ? { body: Body<M, P> } : { body?: Body<M, P> }) &
  (M extends 'get' ? ReadOptions : M extends 'post' ? CreateOptions : WriteOptions);
/** What a call returns. */
export type Result<M extends Method, P extends Path> = Answer<Success<paths[P][M]>>;
/** Left out where nothing in it is needed. */
export type Arguments<T> = {} extends T ? [init?: T] : [init: T];

type Optional<K extends string, T> = {} extends T ? { [_ in K]?: T } : { [_ in K]: T };
// The client sets the headers itself.
type Params<O> = O extends { parameters: infer T } ? Omit<T, 'header' | 'cookie'> : {};
type Success<O> = O extends { responses: infer R } ? Content<R[keyof R & (200 | 201 | 204)]> : never;
type Content<R> = R extends { content: infer T } ? T[keyof T] : undefined;

/** Any operation of the API. */
export type Call = <M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  ...init: Arguments<Init<M, P>>
) => Promise<Result<M, P>>;

type Received = { data?: unknown; error?: unknown; response: Response };
type AnyInit = ReadOptions & WriteOptions & CreateOptions & { params?: object; body?: unknown };

/** The one function that every call goes through. */
export function caller(options: ClientOptions): Call {
  const http = createFetchClient<paths>({ baseUrl: options.baseUrl, fetch: transport(options) });
  // Here the method and the path are any; `Call` says what goes with what.
  const send = http.request as unknown as (method: Method, path: string, init: object) => Promise<Received>;
  const validators = new Validators(options.cache ?? 100);

  const call = async (method: Method, path: string, init: AnyInit = {}): Promise<Answer<unknown>> => {
    const { params, body, signal } = init;
    const key = JSON.stringify([path, params]);
    const kept = method === 'get' ? validators.get(key) : undefined;
    const { data, error, response } = await send(method, path, {
      params,
      body,
      signal: AbortSignal.any([options.signal, signal].filter((signal) => signal !== undefined)),
      headers: headers(method, init, kept?.etag),
      // What a page of another origin may ask for without permission, unlike a `Cache-Control` of its own.
      cache: init.fresh ? 'reload' : 'default',
    });
    const etag = response.headers.get('etag');
    if (kept && (response.status === 304 || etag === kept.etag)) return { ...kept, response };
    if (!response.ok) throw new ProblemError(response, error);
    if (method === 'get' && etag && !response.headers.get('cache-control')?.includes('no-store')) {
      validators.set(key, { etag, data });
    }
    return { data, etag, response };
  };
  return call as Call;
}

// A browser asks by itself whether what it keeps is still so. Elsewhere this client does, and says `max-age`
// without meaning it: where nothing is said, `fetch` adds `no-cache` to a request with `If-None-Match`, and the
// gateway would ask the provider each time.
const BROWSER = 'window' in globalThis || 'WorkerGlobalScope' in globalThis;

function headers(method: Method, init: AnyInit, known: string | undefined): Record<string, string | undefined> {
  return {
    'Content-Type': method === 'patch' ? 'application/merge-patch+json' : undefined,
    ...(known && !BROWSER && { 'If-None-Match': known, ...(!init.fresh && { 'Cache-Control': 'max-age=31536000' }) }),
    'If-Match': init.ifMatch,
    'Idempotency-Key': method === 'post' ? (init.idempotencyKey ?? crypto.randomUUID()) : undefined,
  };
}

import { type List, lister } from './list.js';
import type {
  Answer,
  Body,
  Call,
  CreateOptions,
  Method,
  Path,
  Query,
  ReadOptions,
  Result,
  WriteOptions,
} from './request.js';

/** What can be done at a path whose ids are known. */
export interface Resource<P extends Path> {
  list(query?: Query<'get', P>, options?: ReadOptions): List<Item<Result<'get', P>['data']>>;
  get(options?: ReadOptions): Promise<Result<'get', P>>;
  post(body: Body<'post', P>, options?: CreateOptions): Promise<Result<'post', P>>;
  put(body: Body<'put', P>, options?: WriteOptions): Promise<Result<'put', P>>;
  patch(body: Body<'patch', P>, options?: WriteOptions, query?: Query<'patch', P>): Promise<Result<'patch', P>>;
  delete(options?: WriteOptions): Promise<Result<'delete', P>>;
}

type Item<L> = L extends { readonly data: readonly (infer T)[] } ? T : never;
/** The ids in a path. */
type Ids<P> = P extends `${string}{${infer Name}}${infer Rest}` ? { [_ in Name]: string } & Ids<Rest> : {};

/** The function that makes such a thing of a path and its ids. */
export function resources(call: Call) {
  // What the path has is what its type says; a method that it lacks is `never` there.
  const send = call as unknown as (method: Method, path: Path, init: object) => Promise<Answer<never>>;
  return <P extends Path>(path: P, ids: Ids<P>): Resource<P> => {
    const params = { path: ids };
    return {
      list: lister((query, options) => send('get', path, { params: { ...params, query }, ...options })),
      get: (options) => send('get', path, { params, ...options }),
      post: (body, options) => send('post', path, { params, body, ...options }),
      put: (body, options) => send('put', path, { params, body, ...options }),
      patch: (body, options, query) => send('patch', path, { params: { ...params, query }, body, ...options }),
      delete: (options) => send('delete', path, { params, ...options }),
    };
  };
}

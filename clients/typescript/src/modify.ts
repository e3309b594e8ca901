import { isProblem } from './problem.js';
import type { Answer, ReadOptions } from './request.js';

/** How to change something that others may be changing too. */
export interface ModifyOptions {
  /** Ends the call. */
  signal?: AbortSignal;
  /** How often to begin again when somebody else was faster; 3 if not set. */
  retries?: number;
}

/** Reads something, changes it and writes the change, unless it has changed meanwhile: then it begins again. */
export async function modify<T, C, A>(
  read: (options: ReadOptions) => Promise<Answer<T>>,
  change: (current: T) => C | Promise<C>,
  write: (change: C, options: { ifMatch: string; signal?: AbortSignal }) => Promise<A>,
  { retries = 3, ...options }: ModifyOptions = {},
): Promise<A> {
  for (let tried = 0; ; tried += 1) {
    const { data, etag } = await read({ ...options, fresh: tried > 0 });
    if (etag === null) throw new TypeError('the answer has no ETag: what stands between removes it');
    const changed = await change(data);
    try {
      return await write(changed, { ...options, ifMatch: etag });
    } catch (error) {
      if (tried >= retries || !isProblem(error, 'precondition_failed')) throw error;
    }
  }
}

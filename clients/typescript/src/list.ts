import type { Answer, ReadOptions } from './request.js';
import type { components } from './schema.js';

/** What became of one connection that was asked for a page. */
export type Source = components['schemas']['Source'];

/** A page of a list. */
export interface Page<T> {
  /** The items. */
  readonly data: readonly T[];
  /** Where the next page begins: the `cursor` of a later query. Null on the last page. */
  readonly nextCursor: string | null;
  /** The connections that were asked for this page. One that failed says here why its items are missing. */
  readonly sources: readonly Source[];
  /** The validator of the page. */
  readonly etag: string | null;
}

/** A list that is read page by page as it is iterated over. Each iteration begins anew. */
export interface List<T> extends AsyncIterable<T> {
  /** Its pages. */
  pages(): AsyncIterableIterator<Page<T>>;
  /** The page at the query's `cursor`, or the first. */
  page(): Promise<Page<T>>;
}

interface Envelope<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
  readonly sources: readonly Source[];
}

/** Makes the function that makes such a list, from the one that reads a page of it. */
export function lister<T, Q extends { readonly cursor?: string }>(
  read: (query: Q, options: ReadOptions) => Promise<Answer<Envelope<T>>>,
): (query?: Q, options?: ReadOptions) => List<T> {
  return (query, options = {}) => {
    const page = async (cursor = query?.cursor): Promise<Page<T>> => {
      const { data, etag } = await read({ ...query, ...(cursor !== undefined && { cursor }) } as Q, options);
      return { data: data.data, nextCursor: data.next_cursor, sources: data.sources, etag };
    };
    async function* pages() {
      for (let here = await page(); ; here = await page(here.nextCursor)) {
        yield here;
        if (here.nextCursor === null) return;
      }
    }
    async function* items() {
      for await (const { data } of pages()) {
        for (const item of data) {
          options.signal?.throwIfAborted();
          yield item;
        }
      }
    }
    return { pages, page: () => page(), [Symbol.asyncIterator]: items };
  };
}

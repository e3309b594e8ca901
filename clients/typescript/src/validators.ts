/** An answer and its validator. */
export interface Kept {
  readonly etag: string;
  readonly data: unknown;
}

/** The answers used last, so many at most. */
export class Validators {
  readonly #size: number;
  readonly #kept = new Map<string, Kept>();

  constructor(size: number) {
    this.#size = size;
  }

  get(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    if (kept) this.set(key, kept);
    return kept;
  }

  // A map remembers the order in which its keys came.
  set(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size > this.#size) this.#kept.delete(oldest);
  }
}

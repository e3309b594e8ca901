/** An answer and its validator. */
export interface Kept {
  readonly etag: string;
  readonly data: unknown;
}

/** The answers used last, so many at most. */
export class Validators {
  readonly #kept = new Map<string, Kept>();

  constructor(readonly size: number) {}

  get(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    if (kept) this.set(key, kept);
    return kept;
  }

  // A map remembers the order in which its keys came.
  set(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.size) break;
      this.#kept.delete(oldest);
    }
  }
}

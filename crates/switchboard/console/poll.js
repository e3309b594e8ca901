// Asks again and again, while the page is seen.

const PERIOD = 2000;

/**
 * @template T
 * @param {() => Promise<T>} read
 * @param {{ tell(answer: T): void, fail(error: unknown): void, pause(): void }} listener
 * @param {AbortSignal} signal
 */
export function poll(read, listener, signal) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const turn = async () => {
    try {
      const answer = await read();
      if (!signal.aborted) listener.tell(answer);
    } catch (error) {
      if (!signal.aborted) listener.fail(error);
    }
    // One after the other, however long an answer takes.
    if (!signal.aborted && !document.hidden) timer = setTimeout(turn, PERIOD);
  };
  const look = () => {
    clearTimeout(timer);
    if (document.hidden) listener.pause();
    else timer = setTimeout(turn);
  };
  document.addEventListener('visibilitychange', look, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  timer = setTimeout(turn, PERIOD);
}

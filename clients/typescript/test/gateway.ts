// The gateways that .ci/check-typescript starts, on their sandboxes.
import assert from 'node:assert/strict';
import { type ClientOptions, createClient, ProblemError } from '@switchboard/client';

function variable(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run .ci/check-typescript`);
  return value;
}

/** One that lets everybody in. */
export const open = variable('SWITCHBOARD_URL');
/** One that asks for a key, and a key for reading. */
export const locked = { baseUrl: variable('SWITCHBOARD_LOCKED_URL'), key: variable('SWITCHBOARD_KEY') };

/** A client whose requests and answers are recorded. */
export function recorded(options: Partial<ClientOptions> = {}) {
  const { fetch: send = fetch, ...rest } = options;
  const requests: Request[] = [];
  const statuses: number[] = [];
  const client = createClient({
    baseUrl: open,
    ...rest,
    fetch: async (request) => {
      requests.push(request);
      const response = await send(request);
      statuses.push(response.status);
      return response;
    },
  });
  return { client, requests, statuses };
}

/** The problem that a call ends with. */
export async function problemOf(call: Promise<unknown>): Promise<ProblemError> {
  const error = await call.then(
    () => assert.fail('there is no problem'),
    (error: unknown) => error,
  );
  assert.ok(error instanceof ProblemError, String(error));
  return error;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

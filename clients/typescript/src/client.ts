import { modify, type ModifyOptions } from './modify.js';
import {
  type Answer,
  type Arguments,
  caller,
  type CreateOptions,
  type Init,
  type PathOf,
  type ReadOptions,
  type Result,
  type WriteOptions,
} from './request.js';
import { resources } from './resource.js';
import type { components } from './schema.js';
import type { ClientOptions } from './transport.js';

type Phase = components['schemas']['Phase'];
type Webhook = components['schemas']['Webhook'];
type WebhookInput = components['schemas']['WebhookInput'];
type WebhookPatch = components['schemas']['WebhookPatch'];
type Redelivery = components['schemas']['Redelivery'];
/** Says from what there is what shall be different. */
type Change<C> = (webhook: Webhook) => C | Promise<C>;
/** `linked`: the change may alter the webhook of the other phase too, where they share something. */
type Linked<O> = O & { linked?: boolean };

interface Changeable {
  get(options?: ReadOptions): Promise<Answer<Webhook>>;
  patch(patch: WebhookPatch, options?: WriteOptions, query?: { linked: boolean }): Promise<Answer<Webhook>>;
}

/** A client of one gateway. */
export type Client = ReturnType<typeof createClient>;

/** Makes a client. Nothing is sent before the first call. */
export function createClient(options: ClientOptions) {
  const call = caller(options);
  const at = resources(call);
  return {
    connections: {
      list: at('/v1/connections', {}).list,
      get: (connection: string, options?: ReadOptions) =>
        at('/v1/connections/{connection}', { connection }).get(options),
      /** The callbacks of a connection's account. */
      webhooks: (connection: string) => ({
        list: at('/v1/connections/{connection}/webhooks', { connection }).list,
        ...phases((phase) => at('/v1/connections/{connection}/webhooks/{phase}', { connection, phase })),
      }),
    },
    services: {
      list: at('/v1/services', {}).list,
      get: (id: string, options?: ReadOptions) => at('/v1/services/{id}', { id }).get(options),
      /** The callbacks of a service. */
      webhooks: (id: string) => ({
        list: at('/v1/services/{id}/webhooks', { id }).list,
        ...phases((phase) => at('/v1/services/{id}/webhooks/{phase}', { id, phase })),
      }),
    },
    conversations: {
      list: at('/v1/conversations', {}).list,
      get: (id: string, options?: ReadOptions) => at('/v1/conversations/{id}', { id }).get(options),
      /** The callbacks that are configured for a conversation. */
      webhooks: (id: string) => {
        const all = at('/v1/conversations/{id}/webhooks', { id });
        const one = (webhook_id: string) => at('/v1/conversations/{id}/webhooks/{webhook_id}', { id, webhook_id });
        return {
          list: all.list,
          create: all.post,
          get: (id: string, options?: ReadOptions) => one(id).get(options),
          update: (id: string, patch: WebhookPatch, options?: WriteOptions) => one(id).patch(patch, options),
          delete: (id: string, options?: WriteOptions) => one(id).delete(options),
          /** Reads, changes and writes, and begins again if somebody else was faster. */
          modify: (id: string, change: Change<WebhookPatch>, options?: ModifyOptions) =>
            modify(one(id).get, change, one(id).patch, options),
        };
      },
      /** What was sent to the callbacks of a conversation. */
      deliveries: (id: string) => {
        const template = '/v1/conversations/{id}/webhook-deliveries';
        const one = (delivery_id: string) => ({ id, delivery_id });
        return {
          list: at(template, { id }).list,
          get: (id: string, options?: ReadOptions) => at(`${template}/{delivery_id}`, one(id)).get(options),
          redeliver: (id: string, how: Redelivery = {}, options?: CreateOptions) =>
            at(`${template}/{delivery_id}/redeliver`, one(id)).post(how, options),
        };
      },
    },
    numbers: {
      list: at('/v1/numbers', {}).list,
      get: (id: string, options?: ReadOptions) => at('/v1/numbers/{id}', { id }).get(options),
      /** The one callback of a number. */
      webhook: (id: string) => {
        const one = at('/v1/numbers/{id}/webhook', { id });
        return {
          get: one.get,
          replace: one.put,
          delete: one.delete,
          /** Reads, makes another of it and writes that, and begins again if somebody else was faster. */
          modify: (change: Change<WebhookInput>, options?: ModifyOptions) => modify(one.get, change, one.put, options),
        };
      },
    },
    /** Any read, by its path. */
    get: <P extends PathOf<'get'>>(path: P, ...init: Arguments<Init<'get', P>>): Promise<Result<'get', P>> =>
      call('get', path, ...init),
    /** Any operation, by its method and path. */
    request: call,
  };
}

/** The callbacks of an account or a service: one before actions and one after. */
function phases(one: (phase: Phase) => Changeable) {
  const update = (phase: Phase, patch: WebhookPatch, { linked = false, ...options }: Linked<WriteOptions> = {}) =>
    one(phase).patch(patch, options, { linked });
  return {
    get: (phase: Phase, options?: ReadOptions) => one(phase).get(options),
    update,
    /** Reads, changes and writes, and begins again if somebody else was faster. */
    modify: (phase: Phase, change: Change<WebhookPatch>, { linked = false, ...options }: Linked<ModifyOptions> = {}) =>
      modify(one(phase).get, change, (patch, write) => update(phase, patch, { linked, ...write }), options),
  };
}

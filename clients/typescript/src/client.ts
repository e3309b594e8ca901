import { lister } from './list.js';
import { modify, type ModifyOptions } from './modify.js';
import {
  type Arguments,
  type Call,
  caller,
  type CreateOptions,
  type Init,
  type PathOf,
  type ReadOptions,
  type Result,
  type WriteOptions,
} from './request.js';
import type { components, operations } from './schema.js';
import type { ClientOptions } from './transport.js';

type Schemas = components['schemas'];
type Phase = Schemas['Phase'];
type Webhook = Schemas['Webhook'];
type WebhookInput = Schemas['WebhookInput'];
type WebhookPatch = Schemas['WebhookPatch'];
type Query<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>;
/** Returns what shall be different. */
type Change<C> = (webhook: Webhook) => C | Promise<C>;
/** `linked`: the change may alter the webhook of the other phase too, where they share something. */
type Linked<O> = O & { linked?: boolean };

/** A client of one gateway. */
export type Client = ReturnType<typeof createClient>;

/** Makes a client. Nothing is sent before the first call. */
export function createClient(options: ClientOptions) {
  const call = caller(options);
  return {
    connections: connections(call),
    services: services(call),
    conversations: conversations(call),
    numbers: numbers(call),
    /** Any read, by its path. */
    get: <P extends PathOf<'get'>>(path: P, ...init: Arguments<Init<'get', P>>): Promise<Result<'get', P>> =>
      call('get', path, ...init),
    /** Any operation, by its method and path. */
    request: call,
  };
}

function connections(call: Call) {
  return {
    list: lister((query: Query<'list_connections'>, options) =>
      call('get', '/v1/connections', { params: { query }, ...options }),
    ),
    get: (connection: string, options?: ReadOptions) =>
      call('get', '/v1/connections/{connection}', { params: { path: { connection } }, ...options }),
    /** The callbacks of a connection's account. */
    webhooks: (connection: string) => ({
      list: lister((query: Query<'list_account_webhooks'>, options) =>
        call('get', '/v1/connections/{connection}/webhooks', { params: { path: { connection }, query }, ...options }),
      ),
      ...phases(
        (phase, options) =>
          call('get', '/v1/connections/{connection}/webhooks/{phase}', {
            params: { path: { connection, phase } },
            ...options,
          }),
        (phase, body, { linked = false, ...options }) =>
          call('patch', '/v1/connections/{connection}/webhooks/{phase}', {
            params: { path: { connection, phase }, query: { linked } },
            body,
            ...options,
          }),
      ),
    }),
  };
}

function services(call: Call) {
  return {
    list: lister((query: Query<'list_services'>, options) =>
      call('get', '/v1/services', { params: { query }, ...options }),
    ),
    get: (id: string, options?: ReadOptions) =>
      call('get', '/v1/services/{id}', { params: { path: { id } }, ...options }),
    /** The callbacks of a service. */
    webhooks: (id: string) => ({
      list: lister((query: Query<'list_service_webhooks'>, options) =>
        call('get', '/v1/services/{id}/webhooks', { params: { path: { id }, query }, ...options }),
      ),
      ...phases(
        (phase, options) =>
          call('get', '/v1/services/{id}/webhooks/{phase}', { params: { path: { id, phase } }, ...options }),
        (phase, body, { linked = false, ...options }) =>
          call('patch', '/v1/services/{id}/webhooks/{phase}', {
            params: { path: { id, phase }, query: { linked } },
            body,
            ...options,
          }),
      ),
    }),
  };
}

function conversations(call: Call) {
  return {
    list: lister((query: Query<'list_conversations'>, options) =>
      call('get', '/v1/conversations', { params: { query }, ...options }),
    ),
    get: (id: string, options?: ReadOptions) =>
      call('get', '/v1/conversations/{id}', { params: { path: { id } }, ...options }),
    /** The callbacks that are configured for a conversation. */
    webhooks: (id: string) => conversationWebhooks(call, id),
    /** What was sent to the callbacks of a conversation. */
    deliveries: (id: string) => ({
      list: lister((query: Query<'list_webhook_deliveries'>, options) =>
        call('get', '/v1/conversations/{id}/webhook-deliveries', { params: { path: { id }, query }, ...options }),
      ),
      get: (delivery_id: string, options?: ReadOptions) =>
        call('get', '/v1/conversations/{id}/webhook-deliveries/{delivery_id}', {
          params: { path: { id, delivery_id } },
          ...options,
        }),
      redeliver: (delivery_id: string, body: Schemas['Redelivery'] = {}, options?: CreateOptions) =>
        call('post', '/v1/conversations/{id}/webhook-deliveries/{delivery_id}/redeliver', {
          params: { path: { id, delivery_id } },
          body,
          ...options,
        }),
    }),
  };
}

function conversationWebhooks(call: Call, id: string) {
  const get = (webhook_id: string, options?: ReadOptions) =>
    call('get', '/v1/conversations/{id}/webhooks/{webhook_id}', { params: { path: { id, webhook_id } }, ...options });
  const update = (webhook_id: string, body: WebhookPatch, options?: WriteOptions) =>
    call('patch', '/v1/conversations/{id}/webhooks/{webhook_id}', {
      params: { path: { id, webhook_id } },
      body,
      ...options,
    });
  return {
    list: lister((query: Query<'list_conversation_webhooks'>, options) =>
      call('get', '/v1/conversations/{id}/webhooks', { params: { path: { id }, query }, ...options }),
    ),
    get,
    create: (body: WebhookInput, options?: CreateOptions) =>
      call('post', '/v1/conversations/{id}/webhooks', { params: { path: { id } }, body, ...options }),
    update,
    delete: (webhook_id: string, options?: WriteOptions) =>
      call('delete', '/v1/conversations/{id}/webhooks/{webhook_id}', {
        params: { path: { id, webhook_id } },
        ...options,
      }),
    /** Reads, changes and writes, and begins again if somebody else was faster. */
    modify: (webhook_id: string, change: Change<WebhookPatch>, options?: ModifyOptions) =>
      modify((read) => get(webhook_id, read), change, (patch, write) => update(webhook_id, patch, write), options),
  };
}

function numbers(call: Call) {
  return {
    list: lister((query: Query<'list_numbers'>, options) =>
      call('get', '/v1/numbers', { params: { query }, ...options }),
    ),
    get: (id: string, options?: ReadOptions) =>
      call('get', '/v1/numbers/{id}', { params: { path: { id } }, ...options }),
    /** The one callback of a number. */
    webhook: (id: string) => {
      const params = { path: { id } };
      const get = (options?: ReadOptions) => call('get', '/v1/numbers/{id}/webhook', { params, ...options });
      const replace = (body: WebhookInput, options?: WriteOptions) =>
        call('put', '/v1/numbers/{id}/webhook', { params, body, ...options });
      return {
        get,
        replace,
        delete: (options?: WriteOptions) => call('delete', '/v1/numbers/{id}/webhook', { params, ...options }),
        /** Reads, makes another of it and writes that, and begins again if somebody else was faster. */
        modify: (change: Change<WebhookInput>, options?: ModifyOptions) => modify(get, change, replace, options),
      };
    },
  };
}

/** The callbacks of an account or a service: one before actions and one after. */
function phases(
  get: (phase: Phase, options?: ReadOptions) => Promise<Result<'get', '/v1/services/{id}/webhooks/{phase}'>>,
  patch: (
    phase: Phase,
    body: WebhookPatch,
    options: Linked<WriteOptions>,
  ) => Promise<Result<'patch', '/v1/services/{id}/webhooks/{phase}'>>,
) {
  const update = (phase: Phase, body: WebhookPatch, options: Linked<WriteOptions> = {}) => patch(phase, body, options);
  return {
    get,
    update,
    /** Reads, changes and writes, and begins again if somebody else was faster. */
    modify: (phase: Phase, change: Change<WebhookPatch>, { linked = false, ...options }: Linked<ModifyOptions> = {}) =>
      modify((read) => get(phase, read), change, (body, write) => update(phase, body, { linked, ...write }), options),
  };
}

import type { components } from './schema.js';

export { createClient, type Client } from './client.js';
export { type List, type Page, type Source } from './list.js';
export { modify, type ModifyOptions } from './modify.js';
export { isProblem, type Problem, type ProblemCode, ProblemError } from './problem.js';
export type { Answer, CreateOptions, ReadOptions, WriteOptions } from './request.js';
export type { components, operations, paths } from './schema.js';
export type { ClientOptions } from './transport.js';

type Schemas = components['schemas'];
/** A configured account at a provider. */
export type Connection = Schemas['Connection'];
/** A conversation. */
export type Conversation = Schemas['Conversation'];
/** An address on a channel. */
export type Number = Schemas['Number'];
/** What groups conversations. */
export type Service = Schemas['Service'];
/** A configured callback. */
export type Webhook = Schemas['Webhook'];
/** What was sent to a callback. */
export type WebhookDelivery = Schemas['WebhookDelivery'];
/** A whole webhook, to be made or to take the place of another. */
export type WebhookInput = Schemas['WebhookInput'];
/** A change of a webhook: what is left out stays, null takes away. */
export type WebhookPatch = Schemas['WebhookPatch'];
/** What a webhook is called for. Providers add their own. */
export type EventName = Webhook['events'][number];

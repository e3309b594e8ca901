import type { components } from './schema.js';

export { createClient, type Client } from './client.js';
export { type List, type Page, type Source } from './list.js';
export { modify, type ModifyOptions } from './modify.js';
export { isProblem, type Problem, type ProblemCode, ProblemError } from './problem.js';
export type { Answer, CreateOptions, ReadOptions, WriteOptions } from './request.js';
export type { components, operations, paths } from './schema.js';
export type { ClientOptions } from './transport.js';

type Schemas = components['schemas'];
export type Connection = Schemas['Connection'];
export type Conversation = Schemas['Conversation'];
export type Number = Schemas['Number'];
export type Service = Schemas['Service'];
export type Webhook = Schemas['Webhook'];
export type WebhookDelivery = Schemas['WebhookDelivery'];
export type WebhookInput = Schemas['WebhookInput'];
export type WebhookPatch = Schemas['WebhookPatch'];
export type EventName = Webhook['events'][number];

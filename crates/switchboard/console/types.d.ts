// The types of the API's answers, as its description has them.

import type { components } from '../../../clients/typescript/src/schema';

type Schemas = components['schemas'];

export type Connection = Schemas['Connection'];
export type Conversation = Schemas['Conversation'];
export type Webhook = Schemas['Webhook'];
export type WebhookInput = Schemas['WebhookInput'];
export type WebhookPatch = Schemas['WebhookPatch'];
export type Target = Schemas['Target'];
export type WebhookDelivery = Schemas['WebhookDelivery'];
export type Attempt = Schemas['Attempt'];
export type NumberResource = Schemas['Number'];
export type Problem = Schemas['Problem'];
export type Source = Schemas['Source'];
export type DriftEntry = Schemas['Drift'];
export type Explanation = Schemas['Explanation'];
export type Durations = Schemas['Durations'];
export type Overview = Schemas['Overview'];
export type OverviewConnection = Schemas['OverviewConnection'];
/** The limit of a connection, or of a client: that has no pauses. */
export type Quota = Schemas['OverviewClientLimit'] & { readonly paused_until?: string | null };

/** What an element can have in it. */
export type Child = Node | string | number | null | undefined | false | readonly Child[];

/** A page of a list. */
export interface List<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
  readonly sources: readonly Source[];
}

/** What a view is given. */
export interface Page {
  readonly gateway: import('./gateway.js').Gateway;
  readonly connections: readonly Connection[];
  readonly params: URLSearchParams;
  /** The last part of the fragment's path, where it names one thing. */
  readonly id: string;
  /** Ends when another view takes its place. */
  readonly signal: AbortSignal;
}

/** A view: its title, and what it shows. */
export type View = (page: Page) => Shown | Promise<Shown>;

export interface Shown {
  readonly title: string;
  readonly content: readonly Child[];
}

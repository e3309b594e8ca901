// What the compiler must refuse, and what it must not. Nothing here runs.
import { createClient, isProblem, type Webhook, type WebhookInput } from '@switchboard/client';

const client = createClient({ baseUrl: 'http://127.0.0.1:8080' });
const webhooks = client.conversations.webhooks('bland:convo_abc123');
const url = 'https://hooks.example.com/in';

// @ts-expect-error a client needs an address
createClient({});
// @ts-expect-error no such filter
client.numbers.list({ connexion: 'bland' });
// @ts-expect-error a limit is a number
client.numbers.list({ limit: '5' });
// @ts-expect-error no such path
client.get('/v1/nothing');
// @ts-expect-error a path with an id needs one
client.get('/v1/numbers/{id}');
// @ts-expect-error no such method there
client.request('delete', '/v1/numbers');
// @ts-expect-error a write cannot be fresh
webhooks.update('WH', {}, { fresh: true });
// @ts-expect-error a webhook has a target
webhooks.create({ events: ['message.created'] });
// @ts-expect-error a URL has no flow
webhooks.create({ target: { type: 'http', url, flow_id: 'FW' } });
// @ts-expect-error nor is it called so
webhooks.create({ target: { type: 'http', url, method: 'PATCH' } });
// @ts-expect-error no such field
webhooks.update('WH', { uri: url });
// @ts-expect-error two phases
client.connections.webhooks('twilio').get('during');
// @ts-expect-error nothing comes back
webhooks.delete('WH').then(({ data }) => data.id);

// Open enums take what a provider adds, and an editor completes what is known.
export const input: WebhookInput = { target: { type: 'http', url }, events: ['message.created', 'twilio:onOther'] };
type Known = Extract<Webhook['events'][number], 'message.created'>;
export const known: Known = 'message.created';

export function describe(webhook: Webhook): string | null {
  // @ts-expect-error an answer may belong to several callers
  webhook.enabled = false;
  // @ts-expect-error which target is it?
  void webhook.target.url;
  switch (webhook.target.type) {
    case 'http':
      return webhook.target.url;
    case 'flow':
      return webhook.target.flow_id;
    default:
      return webhook.target.type satisfies `${string}:${string}`;
  }
}

export function advice(error: unknown): string | null {
  if (isProblem(error, 'rate_limited')) {
    const code: 'rate_limited' = error.code;
    return `${code}: ${error.problem.detail}`;
  }
  // @ts-expect-error anything can be thrown
  return error.message;
}

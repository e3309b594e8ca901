// Writes the README's examples as one program, to be compiled and run against the gateway at $SWITCHBOARD_URL.
import { readFile, writeFile } from 'node:fs/promises';

const root = new URL('../', import.meta.url);
const text = await readFile(new URL('README.md', root), 'utf8');
const examples = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code);
const program = examples.join('\n').replaceAll("'http://127.0.0.1:8080'", "process.env['SWITCHBOARD_URL']!");
await writeFile(new URL('test/readme.ts', root), program);

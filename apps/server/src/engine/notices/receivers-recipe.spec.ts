import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newWebhookSecret, signatureHeaders } from './webhook-signature.js';

const PAGE = readFileSync(join(__dirname, '../../../../../docs/notifications.md'), 'utf8');

/** How each language is asked what its recipe makes of what stands in `asked.json`. */
const LANGUAGES = {
  js: {
    file: 'recipe.mjs',
    command: process.execPath,
    ask: `
import { readFileSync } from 'node:fs';
for (const { secret, headers, body } of JSON.parse(readFileSync('asked.json', 'utf8'))) {
  try { console.log(JSON.stringify(verified(secret, headers, body))); } catch (error) { console.log(error.message); }
}`,
  },
  python: {
    file: 'recipe.py',
    command: 'python3',
    ask: `
for one in json.load(open("asked.json")):
    try: print(json.dumps(verified(one["secret"], one["headers"], one["body"])))
    except ValueError as error: print(error)`,
  },
} as const;

describe("a receiver's recipe in docs/notifications.md", () => {
  const folder = mkdtempSync(join(tmpdir(), 'recipe-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['js', 'python'] as const)('takes what is signed, once, and nothing else: %s', (language) => {
    const { file, command, ask } = LANGUAGES[language];
    const [, recipe = ''] = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'm').exec(PAGE) ?? [];
    writeFileSync(join(folder, file), recipe + ask);
    const [secret, before, other] = [newWebhookSecret(), newWebhookSecret(), newWebhookSecret()];
    const body = '{"text":"ü"}';
    const now = new Date();
    const long = new Date(now.getTime() - 600_000);
    const signed = (id: string, secrets: string[], at = now) => signatureHeaders(id, at, body, secrets);
    const asked = [
      { secret, headers: signed('d-1', [secret]), body },
      { secret, headers: signed('d-1', [secret]), body },
      { secret: before, headers: signed('d-2', [secret, before]), body },
      { secret, headers: signed('d-3', [other]), body },
      { secret, headers: signed('d-4', [secret]), body: '{"text":"u"}' },
      { secret, headers: { ...signed('d-5', [secret]), 'webhook-id': 'd-6' }, body },
      { secret, headers: signed('d-7', [secret], long), body },
    ];
    writeFileSync(join(folder, 'asked.json'), JSON.stringify(asked));
    const { stdout, stderr } = spawnSync(command, [file], { cwd: folder, encoding: 'utf8' });
    expect(stderr).toBe('');
    const said = stdout.trim().split('\n');
    const event = { text: 'ü' };
    expect([said[0], said[2]].map((line) => JSON.parse(line ?? ''))).toEqual([event, event]);
    const not = 'not signed by our secret';
    expect([said[1], ...said.slice(3)]).toEqual(['null', not, not, not, 'too old, or from the future']);
  });
});

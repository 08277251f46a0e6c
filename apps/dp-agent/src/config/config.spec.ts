import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig, readLocalAccounts } from './config.js';
import { makeLog, redact } from '../base/log.js';
import { AGENT_VERSION } from '../base/version.js';

let state: string;
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'config-'));
});
afterEach(() => rm(state, { recursive: true }));
const config = (text: string) => writeFile(join(state, 'config.yaml'), text);

describe('the configuration', () => {
  it('is complete without a file: SSH alone, ten orders at a time', async () => {
    expect(await readConfig(state)).toMatchObject({ methods: ['ssh'], concurrency: 10, longPoll: 30 });
    await config('');
    expect(await readConfig(state)).toMatchObject({
      methods: ['ssh'],
      ssh: { connectTimeout: 10, hostKeys: 'as-ordered' },
    });
  });

  it.each([
    ['methods: [local]', 'local: the method local needs local.root'],
    ['methods: [command]', 'command: the method command needs command.run'],
    ['command: {run: [site-install]}', 'command.run.0: must be an absolute path'],
    ['proxy: socks://x', 'proxy:'],
    ['methods: []', 'methods:'],
    ['methods: [telnet]', 'methods.0:'],
    ['methods: [ssh, ssh]', 'methods: a method is named twice'],
    ['concurrency: 0', 'concurrency:'],
    ['concurency: 5', 'concurency'],
    ['ssh: {hostKeys: never}', 'ssh.hostKeys:'],
    ['gateway: ftp://x', 'gateway:'],
    ['- a list', 'the file:'],
    ['a: [', 'is not YAML'],
  ])('refuses %p and names the field', async (text, message) => {
    await config(text);
    await expect(readConfig(state)).rejects.toThrow(message);
  });
});

describe('the settings of the method smb', () => {
  it('refuse NTLM and look everything up in DNS, unless something else is said', async () => {
    await config('methods: [ssh, smb]');
    expect(await readConfig(state)).toMatchObject({
      methods: ['ssh', 'smb'],
      smb: { ntlm: 'refused', domains: [], connectTimeout: 10, loginTimeout: 60, reconnectSeconds: 600 },
    });
  });

  it('name a domain by its realm, its short name and its controllers', async () => {
    const domain = '{realm: corp.example, name: CORP, kdc: [dc1.corp.example, "192.0.2.1:88"]}';
    await config(`smb: {ntlm: allowed, domains: [${domain}, {realm: b.example}]}`);
    const { smb } = await readConfig(state);
    expect(smb).toMatchObject({ ntlm: 'allowed', domains: [{ name: 'CORP' }, { realm: 'b.example' }] });
  });

  it('tell all their faults at once', async () => {
    const domains = '[{realm: CORP}, {realm: a.example, name: "a.b", kdc: []}, {name: X, kdc: ["dc 1"]}]';
    await config(`smb: {ntlm: maybe, loginTimeout: 0, kerberos: yes, domains: ${domains}}`);
    const error = String(await readConfig(state).catch((thrown: unknown) => thrown));
    for (const field of [
      'smb.ntlm',
      'smb.loginTimeout',
      'kerberos',
      'smb.domains.0.realm: must be a DNS name',
      'smb.domains.1.name: must be a NetBIOS name',
      'smb.domains.1.kdc',
      'smb.domains.2.realm',
      'smb.domains.2.kdc.0: must be HOST or HOST:PORT',
    ])
      expect(error).toContain(field);
  });
});

describe('local accounts', () => {
  const path = () => join(state, 'accounts.yaml');
  const read = async () => readLocalAccounts(state, await readConfig(state));

  it('are read from a file of its owner alone', async () => {
    await config('localAccounts: accounts.yaml');
    await expect(read()).rejects.toThrow('does not exist');
    await writeFile(path(), '[{username: a, password: s3cret}]', { mode: 0o600 });
    expect(await read()).toEqual([{ username: 'a', password: 's3cret' }]);
    await chmod(path(), 0o644);
    await expect(read()).rejects.toThrow('0600');
  });

  it.each(['[{username: a}]', '[{username: a, pasword: s3cret}]', '[{username: a, password: "s3cret]', 'x'])(
    'refuses %p without repeating it',
    async (text) => {
      await config('localAccounts: accounts.yaml');
      await writeFile(path(), text, { mode: 0o600 });
      const error: unknown = await read().catch((thrown: unknown) => thrown);
      expect(String(error)).toContain('accounts.yaml');
      expect(String(error)).not.toContain('s3cret');
    },
  );

  it('are none without a setting', async () => {
    expect(await read()).toEqual([]);
  });
});

describe('the log', () => {
  it('is one line per movement', () => {
    const lines: string[] = [];
    const facts = { order: 'o1', reason: 'two\nlines', none: undefined };
    makeLog((line) => lines.push(line), 'json').warn('gone', facts);
    makeLog((line) => lines.push(line), 'text').warn('gone', facts);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      order: 'o1',
      reason: 'two\nlines',
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\S+Z$/),
      pid: process.pid,
      name: 'dp-agent',
      msg: 'gone',
    });
    expect(lines[1]).toMatch(/^\d{4}-\S+Z warn gone order=o1 reason="two\\nlines"$/);
  });

  it('holds no secret', () => {
    expect(redact('a s3cret and s3cret, abc', ['s3cret', 'abc', '', null])).toBe(
      'a [redacted] and [redacted], abc',
    );
  });
});

it('the version is the project’s', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  expect(AGENT_VERSION).toBe(version);
});

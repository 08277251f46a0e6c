import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as contract from './index.js';
import { ContractViolation, type Message } from './message.js';

const FOLDER = join(__dirname, 'examples');
const example = (name: string): unknown => JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8'));
const files = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));

/** Every message with its example; a message more or less is noticed below. */
const MESSAGES = {
  'enrol-request': contract.enrolRequest,
  'keys-request': contract.keysRequest,
  'poll-request': contract.pollRequest,
  'poll-request-again': contract.pollRequest,
  'reports-request': contract.reportsRequest,
  'register-request': contract.registerRequest,
  'contact-request': contract.contactRequest,
  ticket: contract.ticket,
  'report-message': contract.reportMessage,
  'sightings-message': contract.sightingsMessage,
  'import-command': contract.importCommand,
  'change-event': contract.changeEvent,
  'claim-call': contract.claimCall,
  'return-leases-call': contract.returnLeasesCall,
  'identity-call': contract.identityCall,
  'enrol-call': contract.enrolCall,
  'keys-call': contract.keysCall,
  'register-call': contract.registerCall,
  'contact-call': contract.contactCall,
  'release-file-call': contract.releaseFileCall,
  'agent-bundle-call': contract.agentBundleCall,
  'agent-file-call': contract.agentFileCall,
  'proof-request': contract.proofRequest,
  'proof-call': contract.proofCall,
  'queue-call': contract.queueCall,
  'test-directory-call': contract.testDirectoryCall,
} as const satisfies Record<string, Message<unknown>>;
const names = Object.keys(MESSAGES) as (keyof typeof MESSAGES)[];

/** Examples that no schema checks: answers, which a receiver reads leniently, and the vectors of docs/dp-protocol.md. */
const WITHOUT_SCHEMA = [
  'enrol-answer',
  'keys-answer',
  'poll-answer',
  'reports-answer',
  'register-answer',
  'contact-answer',
  'vectors',
];

/** Messages that DPs and clients send. Everything else is said between programs of ours, of this version and the next. */
const FROM_OUTSIDE = [
  'enrol-request',
  'proof-request',
  'keys-request',
  'poll-request',
  'poll-request-again',
  'reports-request',
  'register-request',
  'contact-request',
] as const;

interface ObjectSchema {
  properties: Record<string, ObjectSchema>;
  required: string[];
  items?: ObjectSchema;
  type?: string;
  anyOf?: ObjectSchema[];
  additionalProperties?: boolean;
}

/** A place in an example that is an object with a closed schema. */
interface Place {
  path: string;
  schema: ObjectSchema;
  /** Changes a fresh copy of the example there. */
  change: (edit: (object: Record<string, unknown>) => void) => unknown;
}

function places(name: keyof typeof MESSAGES): Place[] {
  const found: Place[] = [];
  const walk = (schema: ObjectSchema, at: unknown, path: string, steps: (string | number)[]): void => {
    const options = schema.anyOf ?? [schema];
    if (Array.isArray(at)) {
      const items = options.find((option) => option.type === 'array')?.items;
      if (items) at.forEach((item, i) => walk(items, item, `${path}[${i}]`, [...steps, i]));
      return;
    }
    const closed = options.find(
      (option) => option.type === 'object' && option.additionalProperties === false,
    );
    if (!closed || typeof at !== 'object' || at === null) return;
    found.push({
      path,
      schema: closed,
      change(edit) {
        const whole = example(name);
        const object = steps.reduce(
          (inner, step) => (inner as Record<string | number, unknown>)[step],
          whole,
        );
        edit(object as Record<string, unknown>);
        return whole;
      },
    });
    for (const [key, inner] of Object.entries(closed.properties)) {
      walk(inner, (at as Record<string, unknown>)[key], path ? `${path}.${key}` : key, [...steps, key]);
    }
  };
  walk(MESSAGES[name].schema as unknown as ObjectSchema, example(name), '', []);
  return found;
}

function violation(name: keyof typeof MESSAGES, value: unknown): ContractViolation {
  try {
    MESSAGES[name].parse(value);
  } catch (error) {
    if (error instanceof ContractViolation) return error;
    throw error;
  }
  throw new Error(`${name}: nothing is wrong with it`);
}
const pathsOf = (found: ContractViolation): string[] => found.faults.map((fault) => fault.path);

describe('messages', () => {
  it('all have an example, and there is no example of anything else', () => {
    const all = Object.values(contract).filter(
      (value: unknown) =>
        typeof value === 'object' && value !== null && 'parse' in value && 'schema' in value,
    );
    expect(new Set<unknown>(Object.values(MESSAGES))).toEqual(new Set<unknown>(all));
    expect(files.toSorted()).toEqual([...names, ...WITHOUT_SCHEMA].toSorted());
  });

  describe.each(names)('%s', (name) => {
    it('is parsed as it is', () => {
      expect(MESSAGES[name].parse(example(name))).toEqual(example(name));
    });

    const isOfDps = FROM_OUTSIDE.some((outside) => outside === name);
    it(`${isOfDps ? 'refuses, and names,' : 'leaves out'} an unknown field wherever there are fields`, () => {
      for (const { path, change } of places(name)) {
        const more = change((object) => Object.assign(object, { surprise: 1 }));
        if (!isOfDps) {
          expect(MESSAGES[name].parse(more)).toEqual(example(name));
          continue;
        }
        const found = violation(name, more);
        expect(pathsOf(found)).toContain(path ? `${path}.surprise` : 'surprise');
        expect(found.faults.map((fault) => fault.message)).toContain('is not a known field');
      }
    });

    it('refuses to go without a field that it needs, and names it', () => {
      for (const { path, schema, change } of places(name)) {
        for (const key of schema.required) {
          const found = violation(
            name,
            change((object) => delete object[key]),
          );
          expect(pathsOf(found)).toContain(path ? `${path}.${key}` : key);
        }
      }
    });

    it('does without each field that it does not need', () => {
      for (const { schema, change } of places(name)) {
        for (const key of Object.keys(schema.properties).filter((k) => !schema.required.includes(k))) {
          const without = change((object) => delete object[key]);
          expect(MESSAGES[name].parse(without)).toEqual(without);
        }
      }
    });

    it('refuses everything that is no object', () => {
      for (const value of [null, undefined, 7, 'text', [], true])
        expect(violation(name, value).faults).not.toEqual([]);
    });
  });

  it('name all faults at once, each with its path', () => {
    const broken = {
      poll: '',
      max: 101,
      wait: -1,
      running: [{ order: 'a', fence: 1.5 }, { order: 'b' }],
      more: 1,
    };
    expect(pathsOf(violation('poll-request', broken)).toSorted()).toEqual([
      'max',
      'more',
      'poll',
      'poll',
      'running[0].fence',
      'running[1].fence',
      'wait',
    ]);
  });

  it('say in their error which message it was and what is wrong with it', () => {
    const error = violation('ticket', { v: 2, order: 'a', ticket: 1, kind: 'order', correlation: '' });
    expect(error).toMatchObject({ name: 'ContractViolation', messageName: 'ticket' });
    expect(error.message).toBe('ticket: v must be equal to constant');
  });

  it('are not changed by parsing: nothing is coerced, filled in or dropped', () => {
    expect(() => MESSAGES['poll-request'].parse({ poll: 'p', max: '5', wait: 0, running: [] })).toThrow(
      /max/,
    );
  });
});

describe('values on the wire', () => {
  const poll = (changes: object): unknown => Object.assign(example('poll-request-again') as object, changes);
  const report = (changes: object): unknown => {
    const whole = example('reports-request') as { reports: object[] };
    return { reports: whole.reports.map((r) => ({ ...r, ...changes })) };
  };

  it.each([
    ['poll-request', poll({ again: false })],
    ['poll-request', poll({ max: -1 })],
    ['poll-request', poll({ wait: 61 })],
    ['poll-request', poll({ poll: 'x'.repeat(41) })],
    ['poll-request', poll({ poll: 'a/b' })],
    ['reports-request', { reports: [] }],
    [
      'reports-request',
      {
        reports: Array.from({ length: 101 }, () => (example('report-message') as { report: object }).report),
      },
    ],
    ['reports-request', report({ state: 'done' })],
    ['reports-request', report({ phase: 'somewhere' })],
    ['reports-request', report({ percent: 100.5 })],
    ['reports-request', report({ at: '2026-03-02 08:00:00' })],
    ['reports-request', report({ at: '2026-03-02T08:00:00+01:00' })],
    ['reports-request', report({ log: 'x'.repeat(16_385) })],
    ['enrol-request', { ...(example('enrol-request') as object), signingKey: 'A'.repeat(42) }],
    ['enrol-request', { ...(example('enrol-request') as object), sealingKey: `${'A'.repeat(42)}=` }],
    ['ticket', { ...(example('ticket') as object), kind: 'install' }],
    ['identity-call', { dp: 'Site_A' }],
    ['queue-call', { dp: '../other' }],
  ] as const)('%s refuses what is out of bounds (%#)', (name, value) => {
    expect(violation(name, value).faults.length).toBeGreaterThan(0);
  });

  it.each([
    ['poll-request', poll({ max: 100, wait: 60 })],
    ['poll-request', poll({ max: 0, wait: 0, running: [] })],
    ['reports-request', report({ at: '2026-03-02T08:00:00Z', phase: null, percent: 100 })],
    ['reports-request', report({ log: 'x'.repeat(16_384) })],
  ] as const)('%s takes the bounds themselves (%#)', (name, value) => {
    expect(MESSAGES[name].parse(value)).toEqual(value);
  });
});

describe('answers', () => {
  it('have the shape of their types', () => {
    const fence = { order: expect.any(String), fence: expect.any(Number) };
    const poll = {
      status: 'enabled',
      orders: [{ order: expect.any(Object), signature: expect.any(String) }],
      cancel: [fence],
      lost: [],
      pollAfter: 57,
      serverTime: '2026-03-02T08:00:00.000Z',
      update: { version: '0.3.0', downgrade: false },
      takes: ['agent.contradiction'],
    } satisfies contract.PollAnswer;
    expect(example('poll-answer')).toEqual(poll);
    const order = {
      order: expect.any(String),
      dp: 'site-north',
      attempt: 1,
      fence: 1,
      leaseUntil: expect.any(String),
      kind: 'install-client',
      computer: { name: 'PC-017', fqdn: 'pc-017.north.example', address: '192.0.2.17' },
      release: {
        version: '1.4.0',
        files: [
          {
            platform: 'linux',
            name: 'client-1.4.0.tar.gz',
            url: expect.stringMatching(/^\/dp\/v1\/releases\//),
            size: 18_211,
            sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          },
        ],
        platforms: {
          linux: { install: './install.sh', args: ['--quiet'], successCodes: [0], restartCodes: [194] },
        },
      },
      accounts: [
        { account: expect.any(String), keyId: expect.any(String), sealed: expect.any(String) },
        { local: true },
      ],
      registration: { url: expect.any(String), token: expect.any(String) },
      method: { kinds: ['ssh', 'command', 'local'], port: 22, hostKey: { policy: 'pin', known: null } },
      restart: 'never',
      deadline: expect.any(String),
      verify: false,
      correlation: '019c9f39-aaaa-7b1e-8c55-3f0d6a9b2c10',
    } satisfies contract.WireOrder;
    expect((example('poll-answer') as contract.PollAnswer).orders[0]?.order).toEqual(order);
    const enrol = {
      dp: 'site-north',
      status: 'pending',
      keyFingerprint: expect.stringMatching(/^SHA256:/),
      sealingKeyId: expect.stringMatching(/^[\w-]{16}$/),
      serverKey: expect.stringMatching(/^[\w-]{43}$/),
    } satisfies contract.EnrolAnswer;
    expect(example('enrol-answer')).toEqual(enrol);
    const { serverKey: _serverKey, ...keys } = { ...enrol, status: 'enabled' as const };
    expect(example('keys-answer')).toEqual(keys satisfies contract.KeysAnswer);
    expect(example('reports-answer')).toEqual({ accepted: 4 } satisfies contract.ReportsAnswer);
    const registered = {
      computer: expect.any(String),
      secret: expect.any(String),
      contactAfter: 900,
      dp: null,
    };
    expect(example('register-answer')).toEqual(registered satisfies contract.RegisterAnswer);
    const contacted = {
      state: 'ready',
      dp: 'site-north',
      server: 'https://relaypoint.example',
      contactAfter: 900,
    };
    expect(example('contact-answer')).toEqual(contacted satisfies contract.ContactAnswer);
  });
});

describe('tokens', () => {
  it('carry the id of what they belong to', () => {
    const token = contract.makeToken('site-north', 'x'.repeat(43));
    expect(contract.idOfToken(token)).toBe('site-north');
  });

  it.each([
    '',
    '.',
    'abc',
    `.${'x'.repeat(43)}`,
    'a.short',
    `a b.${'x'.repeat(43)}`,
    `${'a'.repeat(41)}.${'x'.repeat(43)}`,
  ])('and %j is none', (text) => {
    expect(contract.idOfToken(text)).toBeNull();
  });
});

describe('the wire and the domain', () => {
  it('name slugs and kinds of orders alike', async () => {
    const domain = await import('#domain');
    const patterns = await import('./patterns.js');
    expect(patterns.SLUG_PATTERN).toBe(domain.SLUG_PATTERN);
    expect(contract.ORDER_KINDS_ON_WIRE).toEqual(domain.ORDER_KINDS);
  });
});

describe('null and a missing field', () => {
  it.each(FROM_OUTSIDE)('mean the same in every optional place of %s', (name) => {
    const optional = places(name).flatMap((place) =>
      Object.keys(place.schema.properties)
        .filter((field) => !place.schema.required.includes(field))
        .map((field) => ({ place, field })),
    );
    for (const { place, field } of optional) {
      const changed = (edit: (object: Record<string, unknown>) => void): unknown =>
        MESSAGES[name].parse(place.change(edit));
      expect(() => changed((object) => (object[field] = null))).not.toThrow();
      expect(() => changed((object) => delete object[field])).not.toThrow();
    }
    const hasNone = name === 'keys-request' || name === 'proof-request';
    if (!hasNone) expect(optional.length).toBeGreaterThan(0);
  });
});

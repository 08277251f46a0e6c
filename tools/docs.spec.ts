import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as domain from '#domain';
import * as texts from '#texts';
import {
  dpKeyFingerprint,
  canonicalJson,
  keyPairFromRawPrivate,
  openAccount,
  publicKeyText,
  sealingKeyId,
  serverKeyFingerprint,
  sha256,
  verifyDpToken,
  verifyOrder,
  type KeyKind,
} from '#sealing';
import { fillBlocks } from './docs/blocks.ts';
import { failuresPage } from './docs/failures.ts';
import { statesPage } from './docs/states.ts';

const ROOT = join(__dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const example = (name: string): unknown => JSON.parse(read(`libs/contract/src/examples/${name}.json`));

describe('generated pages', () => {
  it('hold every move of both machines, in the diagram and in words', () => {
    const page = statesPage(domain, texts);
    for (const moves of [domain.ORDER_TRANSITIONS, domain.COMPUTER_TRANSITIONS]) {
      for (const [from, to] of Object.entries(moves) as [string, readonly string[]][]) {
        for (const next of to) {
          expect(page).toContain(`  ${from.replaceAll('-', '_')} --> ${next.replaceAll('-', '_')}\n`);
          expect(page).toMatch(new RegExp(`\\| \`${from}\` \\| \`${next}\` \\| \\S`));
        }
      }
    }
  });

  it('follow the tables: another table makes another page', () => {
    const other = { ...domain, ORDER_TRANSITIONS: { ...domain.ORDER_TRANSITIONS, failed: ['planned'] } };
    expect(statesPage(other as unknown as typeof domain, texts)).not.toBe(statesPage(domain, texts));
  });

  it('hold every failure with its hints', () => {
    const page = failuresPage(domain, texts);
    for (const failure of domain.FAILURE_CODES) {
      const [en, de] = texts.LANGUAGES.map((one) => texts.textIn(one, { key: `failure.${failure}` }));
      expect(page).toContain(`| \`${failure}\` |`);
      expect(page).toContain(`| ${en} | ${de} |`);
    }
  });
});

describe('blocks', () => {
  const sources = { domain, read: (path: string) => (path.endsWith('/ticket.json') ? '{"v": 1}\n' : '') };
  const page = 'before\n<!-- generated: example ticket -->\nstale\n<!-- end -->\nafter';

  it('are filled, whatever stood in them, and nothing else is touched', () => {
    const filled = fillBlocks('a.md', page, sources);
    expect(filled).toBe(
      'before\n<!-- generated: example ticket -->\n\n```json\n{"v": 1}\n```\n\n<!-- end -->\nafter',
    );
    expect(fillBlocks('a.md', filled, sources)).toBe(filled);
  });

  it('of an unknown kind, or of an example that does not exist, are an error', () => {
    expect(() => fillBlocks('a.md', page.replace('ticket', 'nothing'), sources)).toThrow('a.md');
    expect(() => fillBlocks('a.md', page.replace('example', 'poem'), sources)).toThrow('poem');
  });
});

interface Vectors {
  serverSigningKey: { private: string; public: string; fingerprint: string };
  dpSigningKey: { private: string; public: string };
  dpSealingKey: { private: string; public: string; keyId: string };
  dpKeyFingerprint: string;
  token: { issuedAt: string; jwt: string };
  account: { info: string; aad: string; sealed: string; plain: string };
  order: { canonicalSha256: string; signature: string };
}

describe('the vectors of the DP protocol', () => {
  const vectors = example('vectors') as Vectors;
  const pair = (kind: KeyKind, raw: string) => keyPairFromRawPrivate(kind, Buffer.from(raw, 'base64url'));
  const server = pair('ed25519', vectors.serverSigningKey.private);
  const signing = pair('ed25519', vectors.dpSigningKey.private);
  const sealing = pair('x25519', vectors.dpSealingKey.private);
  const { orders } = example('poll-answer') as {
    orders: { order: { accounts: object[] }; signature: string }[];
  };

  it('have keys that belong together', () => {
    expect(publicKeyText(server.publicKey)).toBe(vectors.serverSigningKey.public);
    expect(publicKeyText(signing.publicKey)).toBe(vectors.dpSigningKey.public);
    expect(publicKeyText(sealing.publicKey)).toBe(vectors.dpSealingKey.public);
    expect(serverKeyFingerprint(server.publicKey)).toBe(vectors.serverSigningKey.fingerprint);
    expect(dpKeyFingerprint(signing.publicKey, sealing.publicKey)).toBe(vectors.dpKeyFingerprint);
    expect(sealingKeyId(sealing.publicKey)).toBe(vectors.dpSealingKey.keyId);
    expect(example('enrol-request')).toMatchObject({
      signingKey: vectors.dpSigningKey.public,
      sealingKey: vectors.dpSealingKey.public,
    });
    expect(example('enrol-answer')).toMatchObject({
      keyFingerprint: vectors.dpKeyFingerprint,
      sealingKeyId: vectors.dpSealingKey.keyId,
      serverKey: vectors.serverSigningKey.public,
    });
  });

  it('have a token that verifies', async () => {
    const now = new Date(vectors.token.issuedAt);
    expect(await verifyDpToken(vectors.token.jwt, signing.publicKey, now)).toMatchObject({
      ok: true,
      token: { dp: 'site-north' },
    });
    expect(await verifyDpToken(vectors.token.jwt, server.publicKey, now)).toMatchObject({ ok: false });
  });

  it('have an order that verifies, and does not when a word of it is changed', () => {
    const [first] = orders;
    expect(first?.signature).toBe(vectors.order.signature);
    expect(sha256(canonicalJson(first?.order))).toBe(vectors.order.canonicalSha256);
    expect(verifyOrder(server.publicKey, first?.order, vectors.order.signature)).toBe(true);
    expect(
      verifyOrder(server.publicKey, { ...first?.order, dp: 'site-south' }, vectors.order.signature),
    ).toBe(false);
  });

  it('have an account that opens, for this DP only', () => {
    const binding = JSON.parse(vectors.account.aad) as { account: string; keyId: string; recipient: string };
    expect(canonicalJson(binding)).toBe(vectors.account.aad);
    const opened = openAccount(sealing.privateKey, binding, vectors.account.sealed);
    expect(opened).toEqual(JSON.parse(vectors.account.plain));
    expect(orders[0]?.order.accounts[0]).toMatchObject({
      sealed: vectors.account.sealed,
      account: binding.account,
    });
    expect(
      openAccount(sealing.privateKey, { ...binding, recipient: 'other' }, vectors.account.sealed),
    ).toBeNull();
  });
});

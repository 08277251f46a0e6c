import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { generateSigningKeyPair, serverKeyFingerprint } from '#sealing';
import { TestAgent } from '../../testing/agent.js';
import { TestGateway } from '../../testing/gateway.js';

jest.setTimeout(30_000);

let gateway: TestGateway;
let agent: TestAgent;
beforeEach(async () => {
  gateway = new TestGateway();
  await gateway.start();
  agent = new TestAgent();
});
afterEach(() => gateway.stop());

describe('relaypoint-dp join', () => {
  it('enrols, prints the fingerprint to compare, and can be repeated', async () => {
    const first = await agent.command(...agent.joinCommand(gateway));
    expect(first).toMatchObject({ code: 0 });
    const { signingKey } = gateway;
    const fingerprint = /Key fingerprint: (SHA256:\S{43})\n/.exec(first.text)?.[1];
    expect(fingerprint).toBeDefined();
    expect(await agent.command(...agent.joinCommand(gateway))).toEqual(first);
    expect(gateway.signingKey).toBe(signingKey);
    for (const file of ['signing.key', 'sealing.key', 'identity.json']) {
      expect(statSync(join(agent.state, file)).mode & 0o777).toBe(0o600);
    }
    expect((await agent.command('status')).text).toContain(`key fingerprint: ${fingerprint}`);
  });

  it('takes a fingerprint with padding too', async () => {
    const command = agent
      .joinCommand(gateway)
      .map((word) => (word.startsWith('SHA256:') ? `${word}=` : word));
    expect(await agent.command(...command)).toMatchObject({ code: 0 });
  });

  it('stops and stores nothing when the server has another key', async () => {
    const wrong = serverKeyFingerprint(generateSigningKeyPair().publicKey);
    const { code, text } = await agent.command(
      'join',
      '--gateway',
      gateway.url,
      '--token',
      't',
      '--server-key',
      wrong,
    );
    expect(code).toBe(2);
    expect(text).toContain('another key than the join command says');
    expect(() => readFileSync(join(agent.state, 'identity.json'))).toThrow();
    expect(await agent.command('run')).toMatchObject({
      code: 2,
      text: expect.stringContaining('join command') as string,
    });
  });

  it('does not move to another gateway by itself', async () => {
    await agent.join(gateway);
    const other = new TestGateway();
    await other.start();
    const { code, text } = await agent.command(...agent.joinCommand(other));
    expect([code, text]).toEqual([2, expect.stringContaining('use another state folder')]);
    await other.stop();
  });

  it('says how it is used', async () => {
    for (const words of [['join'], ['fly'], [], ['run', '--speed']]) {
      expect(await agent.command(...words)).toMatchObject({
        code: 2,
        text: expect.stringContaining('relaypoint-dp join --gateway URL') as string,
      });
    }
  });
});

describe('relaypoint-dp doctor', () => {
  it('is content with a DP that has joined and reaches gateway and computer', async () => {
    await agent.join(gateway);
    const { code, text } = await agent.command('doctor');
    expect(text).not.toContain('FAIL');
    expect(code).toBe(0);
    for (const what of ['state folder', 'configuration', 'enrolment and keys', 'gateway', 'clock']) {
      expect(text).toContain(`ok    ${what}`);
    }
  });

  it('names everything that is wrong at once', async () => {
    agent.configure({ methods: ['local'] });
    const { code, text } = await agent.command('doctor', '--computer', '127.0.0.1:1');
    expect(code).toBe(1);
    for (const fault of [
      /FAIL {2}configuration: .*local\.root/,
      /FAIL {2}enrolment and keys/,
      /FAIL {2}computer: ECONNREFUSED/,
    ]) {
      expect(text).toMatch(fault);
    }
  });
});

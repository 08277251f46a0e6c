import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKeyPair, serverKeyFingerprint } from '#sealing';
import { certificatesFor } from '../../../../tools/peers/certificates.js';
import { expectServerErrors } from '../../../../tools/testing/server-errors.js';
import { eventually } from '../../../../tools/testing/eventually.js';
import { TestAgent } from '../../testing/agent.js';
import { ConnectProxy } from '../../testing/connect-proxy.js';
import { TestGateway } from '../../testing/gateway.js';
import { DEFAULT_STATE, HELP } from './help.js';

jest.setTimeout(180_000);

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

  it.each([
    [['join'], 'relaypoint-dp help join'],
    [['fly'], 'there is no command fly'],
    [['run', '--speed'], 'relaypoint-dp help'],
    [['run', 'fast'], 'relaypoint-dp help run'],
    [[], 'relaypoint-dp join ...'],
  ])('says for %j where to read on', async (words, text) => {
    expect(await agent.command(...words)).toMatchObject({
      code: 2,
      text: expect.stringContaining(text) as string,
    });
  });
});

describe('the help', () => {
  it('is printed for a command by either way of asking', async () => {
    for (const words of [
      ['help', 'join'],
      ['join', '--help'],
    ])
      expect(await agent.command(...words)).toEqual({ code: 0, text: `${HELP.join}\n` });
  });

  it.each(Object.entries(HELP))('explains %p in lines that fit', (command, text) => {
    expect(text).toMatch(new RegExp(`^relaypoint-dp ${command}`));
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(140);
  });
});

describe('a DP behind a proxy, with a gateway whose certificate is of an own CA', () => {
  let proxy: ConnectProxy;
  let secure: TestGateway;
  let ca: string;
  beforeEach(async () => {
    const files = certificatesFor(mkdtempSync(join(tmpdir(), 'ca-')), 'gateway.test', '127.0.0.1');
    const [cert, key] = [files.certificate, files.key].map((path) => readFileSync(path, 'utf8'));
    ca = files.ca;
    secure = new TestGateway({ cert: cert ?? '', key: key ?? '' });
    await secure.start();
    proxy = new ConnectProxy();
    await proxy.start();
  });
  afterEach(async () => {
    await agent.stop('SIGKILL');
    await secure.stop();
    await proxy.stop();
  });

  it('joins, is found well, and works through the proxy alone', async () => {
    writeFileSync(join(agent.state, 'config.yaml'), '# kept\nlongPoll: 5\n');
    const joined = await agent.command(...agent.joinCommand(secure), '--ca-file', ca, '--proxy', proxy.url);
    expect(joined).toMatchObject({ code: 0 });
    const kept = readFileSync(join(agent.state, 'config.yaml'), 'utf8');
    expect(kept).toBe(`# kept\nlongPoll: 5\ncaFile: gateway-ca.pem\nproxy: ${proxy.url}\n`);
    const well = await agent.command('doctor');
    expect(well).toMatchObject({ code: 0, text: expect.stringContaining(`proxy ${proxy.url}`) as string });
    proxy.targets.length = 0;
    agent.start();
    await eventually(() => expect(secure.polls.length).toBeGreaterThan(1), { timeoutMs: 60_000 });
    expect(new Set(proxy.targets)).toEqual(new Set([new URL(secure.url).host]));
  });

  it('is told what is wrong when the CA or the proxy is missing', async () => {
    const strange = await agent.command(...agent.joinCommand(secure));
    expect(strange).toMatchObject({ code: 2, text: expect.stringContaining('--ca-file') as string });
    const missing = await agent.command(...agent.joinCommand(secure), '--ca-file', '/no/such.pem');
    expect(missing).toMatchObject({ code: 2, text: expect.stringContaining('/no/such.pem') as string });
    const { url } = proxy;
    await proxy.stop();
    const dead = await agent.command(...agent.joinCommand(secure), '--ca-file', ca, '--proxy', url);
    expect(dead).toMatchObject({ code: 2, text: expect.stringContaining(`by the proxy ${url}`) as string });
    await proxy.start();
  });

  it('calls hosts of noProxy directly, and takes the proxy of the environment when it has no other', async () => {
    agent.configure({ proxy: proxy.url, noProxy: ['127.0.0.1'] });
    expect(await agent.command(...agent.joinCommand(secure), '--ca-file', ca)).toMatchObject({ code: 0 });
    expect(proxy.targets).toEqual([]);
    agent.configure({ caFile: 'gateway-ca.pem' });
    agent.environment = { HTTPS_PROXY: proxy.url };
    expect(await agent.command('doctor')).toMatchObject({ code: 0 });
    expect(proxy.targets).not.toEqual([]);
  });
});

it('the systemd unit runs the agent where the documented state folder is', () => {
  const unit = readFileSync('apps/dp-agent/relaypoint-dp.service', 'utf8');
  expect(unit).toMatch(/^ExecStart=\S*relaypoint-dp run$/m);
  const folder = /^StateDirectory=(\S+)$/m.exec(unit)?.[1];
  expect(DEFAULT_STATE).toBe(`/var/lib/${folder}`);
  // wrong configuration is code 2: starting again would not mend it
  expect(unit).toMatch(/^RestartPreventExitStatus=2$/m);
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

  it.each([
    [
      'a captive portal',
      { status: 200, body: '<html><title>Hotel</title>' },
      /titled "Hotel" came instead.*captive portal/,
    ],
    [
      'a redirect',
      { status: 302, headers: { location: 'http://portal.test/' } },
      /sends to http:\/\/portal\.test\//,
    ],
    ["a proxy's page", { status: 502, body: '<html>Squid' }, /status 502.*a proxy or a firewall/],
    [
      'a gateway of another server',
      { status: 200, body: { nonce: 'n', at: '2026-03-02T08:00:00Z', signature: 's' } },
      /an old answer/,
    ],
  ])('is not taken in by %s', async (_, answer, says) => {
    expectServerErrors(502);
    await agent.join(gateway);
    gateway.misbehave.proof.push(answer);
    const { code, text } = await agent.command('doctor');
    expect(text).toMatch(says);
    expect(text).toMatch(/FAIL {2}gateway/);
    expect(code).toBe(1);
  });

  it('tells a wrong clock by the signed time', async () => {
    await agent.join(gateway);
    gateway.clockOffset = 300;
    const { code, text } = await agent.command('doctor');
    expect(text).toMatch(
      /FAIL {2}clock: (?:299|300|301) s from the gateway's: tokens are refused, set the clock/,
    );
    expect(code).toBe(1);
  });

  it('says what to install where the programs of the method smb are missing', async () => {
    agent.configure({ methods: ['smb'] });
    agent.environment = { PATH: '/nowhere' };
    const { code, text } = await agent.command('doctor');
    expect(code).toBe(1);
    expect(text).toMatch(/FAIL {2}method smb: .*smbclient.*apt-get install smbclient samba-common-bin/);
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

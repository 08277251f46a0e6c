import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { WireOrder } from '#contract';
import { offerClient, offerScript, orderFor, TestAgent } from '../../../testing/agent.js';
import { TestGateway } from '../../../testing/gateway.js';
import { describeAsRoot } from '../../../../../tools/testing/as-root.js';
import { TestComputers } from '../../../../../tools/testing/computers.js';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { succeeded } from '../../../testing/succeeded.js';

// What of an order's secrets can be found on the computer and on the DP, while it is worked on and afterwards.
jest.setTimeout(180_000);

const soon = <T>(look: () => T | Promise<T>) => eventually(look, { timeoutMs: 90_000 });

let computers: TestComputers;
let gateway: TestGateway;
let agent: TestAgent;

beforeAll(async () => {
  computers = await TestComputers.start(1);
  gateway = new TestGateway();
  await gateway.start();
  agent = new TestAgent();
  agent.configure({ longPoll: 5, graceSeconds: 0 });
  await agent.join(gateway);
  agent.start();
});
afterAll(async () => {
  await agent.stop('SIGKILL');
  await gateway.stop();
  await computers.stop();
});

const order = (release: WireOrder['release']): WireOrder =>
  orderFor(gateway, {
    release,
    computer: { name: 'PC-01', fqdn: null, address: computers.address(1) },
    method: { kinds: ['ssh'], port: computers.port, hostKey: { policy: 'pin', known: null } },
    accounts: [gateway.seal('acc', { username: computers.user, password: computers.password })],
  });
const ended = (given: WireOrder) =>
  soon(() => {
    const report = gateway.ended(given.order);
    if (!report) throw new Error(`not ended\n${agent.output}`);
    return report;
  });

/** Files written since the computer started that hold a text, arguments and environments of its processes among them. */
async function found(text: string): Promise<string[]> {
  // never as an argument: the search would find itself
  const script = [
    `pattern=$(printf '%s' '${Buffer.from(text).toString('base64')}' | base64 -d)`,
    'for f in /proc/[0-9]*/cmdline /proc/[0-9]*/environ; do',
    '  while IFS= read -r line; do case $line in *"$pattern"*) echo "$f" ;; esac; done << EOF',
    '$(tr "\\000" "\\n" < "$f" 2> /dev/null)',
    'EOF',
    'done 2> /dev/null',
    'find /etc /home /opt /root /run /tmp /var /dev/shm -type f -newer /run/booted 2> /dev/null > /dev/shm/written',
    'while IFS= read -r f; do printf "%s" "$pattern" | grep -lFf - "$f"; done < /dev/shm/written 2> /dev/null || :',
  ].join('\n');
  return (await computers.exec(1, script)).split('\n').filter((line) => line !== '');
}

describeAsRoot('secrets of an order', () => {
  it('would be found', async () => {
    await computers.exec(
      1,
      'echo a-marked-text > /var/tmp/marked; MARK=b-marked-text sleep 300 > /dev/null 2>&1 &',
    );
    await computers.exec(1, 'sh -c "sleep 300; : c-marked-text" > /dev/null 2>&1 &');
    expect(await found('a-marked-text')).toEqual(['/var/tmp/marked']);
    for (const text of ['b-marked-text', 'c-marked-text'])
      expect((await found(text)).join()).toMatch(/^\/proc\/\d+\/(?:environ|cmdline)/);
  });

  it('are neither on the computer’s disk nor in its process list while an installer runs', async () => {
    const script =
      'read url; touch /var/tmp/runs; while [ ! -e /var/tmp/go ]; do sleep 0.1; done; read token; exit 0';
    const given = order(offerScript(gateway, '1', script));
    gateway.give(given);
    await soon(async () => expect(await computers.exec(1, 'ls /var/tmp')).toContain('runs'));
    for (const secret of [computers.password, given.registration?.token ?? ''])
      expect(await found(secret)).toEqual([]);
    await computers.exec(1, 'touch /var/tmp/go');
    expect(succeeded(await ended(given))).toMatchObject({ state: 'succeeded' });
  });

  it('are not there afterwards, and what the client keeps is root’s alone', async () => {
    const given = order(offerClient(gateway));
    gateway.give(given);
    expect(succeeded(await ended(given))).toMatchObject({ state: 'succeeded' });
    await soon(() => expect(gateway.registeredAs('PC-01')).toHaveLength(1));
    await soon(async () => expect(await found(given.registration?.token ?? '')).toEqual([]));
    expect(await found(computers.password)).toEqual([]);
    const open =
      'find /etc/relaypoint-client /var/lib/relaypoint-client /var/lib/relaypoint-dp -perm /077 ! -type l';
    expect(await computers.exec(1, open)).toBe('');
  });

  it('stand in no file of the DP in plain, and its files are its own', async () => {
    for (const secret of [computers.password, 'BEGIN OPENSSH']) {
      expect(agent.output + agent.journal() + JSON.stringify(gateway.reports)).not.toContain(secret);
    }
    const files = readdirSync(agent.state, { recursive: true, encoding: 'utf8' });
    expect(files.map((file) => file.split('/')[0])).toEqual(
      expect.arrayContaining([
        'journal',
        'status.json',
        'host-keys.json',
        'identity.json',
        'signing.key',
        'releases',
      ]),
    );
    const open = files.filter(
      (file) => file !== 'config.yaml' && (lstatSync(join(agent.state, file)).mode & 0o077) !== 0,
    );
    expect(open).toEqual([]);
  });
});

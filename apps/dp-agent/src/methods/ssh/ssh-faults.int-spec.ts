import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report, WireOrder } from '#contract';
import { offerClient, offerScript, orderFor, TestAgent } from '../../../testing/agent.js';
import { TestGateway } from '../../../testing/gateway.js';
import { idle } from '../../../testing/idle.js';
import { describeAsRoot } from '../../../../../tools/testing/as-root.js';
import { type ComputerFault, TestComputers } from '../../../../../tools/testing/computers.js';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { succeeded } from '../../../testing/succeeded.js';

// What real OpenSSH servers, PAM, sudo, file systems and installers do when something is wrong, and what the agent says of it.
jest.setTimeout(240_000);

let computers: TestComputers;
let gateway: TestGateway;
let agent: TestAgent;

beforeAll(async () => {
  computers = await TestComputers.start(1);
  gateway = new TestGateway();
  await gateway.start();
  agent = new TestAgent();
  agent.configure({
    longPoll: 5,
    graceSeconds: 0,
    localAccounts: 'accounts.yaml',
    ssh: { connectTimeout: 10, loginTimeout: 60 },
  });
  writeFileSync(join(agent.state, 'accounts.yaml'), '[]', { mode: 0o600 });
  await agent.join(gateway);
  agent.start();
});
afterAll(async () => {
  await agent.stop('SIGKILL');
  await gateway.stop();
  await computers.stop();
});

const account = (password = computers.password) =>
  gateway.seal('acc', { username: computers.user, password });

async function outcome(changes: Partial<WireOrder> = {}): Promise<Report> {
  const order = orderFor(gateway, {
    computer: { name: 'PC-01', fqdn: null, address: computers.address(1) },
    method: { kinds: ['ssh'], port: computers.port, hostKey: { policy: 'pin', known: null } },
    accounts: [account()],
    ...changes,
    // made only when no other is named: both would be offered under the same address
    release: changes.release ?? offerScript(gateway, '1', 'exit 0'),
  });
  gateway.give(order);
  const ended = await eventually(
    () => {
      const report = gateway.ended(order.order);
      if (!report) throw new Error(`${order.order} has not ended\n${agent.output}`);
      return report;
    },
    { timeoutMs: 90_000 },
  );
  // nobody cancels here: it was given back, and what was before it says why
  if (ended.state === 'cancelled' && !changes.accounts)
    throw new Error(`${order.order} was given back\n${agent.output.slice(-5_000)}`);
  return ended;
}

const isIdle = (): Promise<void> => idle(agent, gateway);

async function whileIt(is: ComputerFault, look: () => Promise<void>): Promise<void> {
  await isIdle();
  await computers.fault(1, is);
  try {
    await look();
    await isIdle();
  } finally {
    await computers.fault(1, 'none');
  }
}

describeAsRoot('an account', () => {
  it.each([
    ['expired', 'ACCOUNT_DISABLED_OR_EXPIRED'],
    ['mustchange', 'PASSWORD_CHANGE_REQUIRED'],
  ] as const)('that is %s fails with %s, and is used again once it is in order', async (fault, code) => {
    await whileIt(fault, async () => {
      expect(await outcome()).toMatchObject({
        state: 'failed',
        phase: 'auth',
        failure: { code, native: { text: expect.stringMatching(/./) as string } },
        accounts: [{ account: 'acc', result: code }],
      });
    });
    expect(succeeded(await outcome())).toMatchObject({ state: 'succeeded' });
  });

  it('is sent once for each attempt, and named as locked when it is', () =>
    whileIt('lockout', async () => {
      // two refused passwords lock it: were one sent twice, the second order would find it locked
      const wrong = (password: string) => outcome({ accounts: [account(password)] });
      expect(await wrong('one')).toMatchObject({ failure: { code: 'AUTH_FAILED' } });
      expect(succeeded(await outcome())).toMatchObject({ state: 'succeeded' });
      for (const password of ['two', 'three'])
        expect(await wrong(password)).toMatchObject({ failure: { code: 'AUTH_FAILED' } });
      expect(await outcome()).toMatchObject({
        phase: 'auth',
        failure: { code: 'ACCOUNT_LOCKED', native: { system: 'ssh' } },
        accounts: [{ result: 'ACCOUNT_LOCKED' }],
      });
    }));
});

describeAsRoot('a computer with a condition of its own', () => {
  it.each([
    ['booting', 'reach', 'LOGINS_CLOSED', 'booting up'],
    ['keysonly', 'auth', 'LOGIN_METHOD_MISSING', 'publickey'],
    ['secondfactor', 'auth', 'SECOND_FACTOR_REQUIRED', 'keyboard-interactive'],
    ['targetpw', 'auth', 'NOT_ADMIN', 'password of root'],
    ['requiretty', 'auth', 'SUDO_TTY_REQUIRED', 'tty'],
  ] as const)(
    '(%s) fails in phase %s with %s, and no account is blamed',
    async (fault, phase, code, words) => {
      await whileIt(fault, async () => {
        const report = await outcome();
        expect(report).toMatchObject({
          state: 'failed',
          phase,
          failure: { code, native: { text: expect.stringContaining(words) as string } },
        });
        expect((report.accounts ?? []).map(({ result }) => result)).toEqual(phase === 'auth' ? [code] : []);
      });
      expect(succeeded(await outcome())).toMatchObject({ state: 'succeeded' });
    },
  );

  it.each(['otherwords', 'noisy', 'tcsh', 'fish'] as const)('(%s) is installed like any other', (fault) =>
    whileIt(fault, async () => {
      const script = 'echo "it\'s installed!"; read registration; exit 0';
      const report = await outcome({ release: offerScript(gateway, '1', script) });
      expect(succeeded(report)).toMatchObject({ state: 'succeeded', facts: { hostname: 'pc-01' } });
      expect(report.log?.trim()).toBe("it's installed!");
      expect(await outcome({ release: offerScript(gateway, '1', 'exit 3') })).toMatchObject({
        failure: { code: 'INSTALLER_FAILED', native: { code: '3' } },
      });
    }),
  );

  it('(otherwords) tells a wrong password for sudo by its words', () =>
    whileIt('otherwords', async () => {
      const { user: username, privateKey } = computers;
      const secret = { username, privateKey, password: 'not this one' };
      expect(await outcome({ accounts: [gateway.seal('acc', secret)] })).toMatchObject({
        phase: 'auth',
        failure: { code: 'AUTH_FAILED', native: { system: 'sudo' } },
      });
    }));
});

describeAsRoot('the way back to a computer', () => {
  it('a password that is changed during an installation is refused once on the way back, and that is told', async () => {
    await isIdle();
    const known = gateway.reports.length;
    const waits = outcome({ release: offerScript(gateway, '1', 'sleep 15') });
    await eventually(
      () => expect(gateway.reports.slice(known).map(({ phase }) => phase)).toContain('install'),
      { timeoutMs: 60_000 },
    );
    const before = computers.refusedPasswords(1).length;
    try {
      await computers.exec(1, `echo ${computers.user}:changed | chpasswd -c SHA512`);
      await computers.cut(1);
      expect(await waits).toMatchObject({
        state: 'failed',
        failure: { code: 'OUTCOME_UNKNOWN', native: { code: 'AUTH_FAILED' } },
        accounts: [
          { account: 'acc', result: 'OK' },
          { account: 'acc', result: 'AUTH_FAILED' },
        ],
      });
      await isIdle();
      expect(computers.refusedPasswords(1).slice(before)).toEqual([expect.any(String)]);
    } finally {
      await computers.fault(1, 'none');
    }
  });
});

describeAsRoot('accounts kept on the DP', () => {
  const keep = (...accounts: object[]) =>
    writeFileSync(join(agent.state, 'accounts.yaml'), JSON.stringify(accounts), { mode: 0o600 });
  const right = () => ({ username: computers.user, password: computers.password });
  const wrong = { username: 'deploy', password: 'not this one' };
  const local = { accounts: [{ local: true as const }] };
  const told = async (changes: Partial<WireOrder>) => {
    const { state, failure, accounts } = await outcome(changes);
    return [state === 'failed' ? failure?.code : state, ...(accounts ?? []).map(({ result }) => result)];
  };

  it('are told to the server and tried in turn, behind or without central ones', async () => {
    keep(wrong, right());
    expect(await told(local)).toEqual(['succeeded', 'AUTH_FAILED', 'OK']);
    const central = gateway.seal('acc-central', { username: computers.user, password: 'nor this' });
    const both = await outcome({ accounts: [central, { local: true }] });
    expect(both.accounts).toEqual([
      { account: 'acc-central', result: 'AUTH_FAILED' },
      { account: 'local', result: 'AUTH_FAILED' },
      { account: 'local', result: 'OK' },
    ]);
    await eventually(() => expect(gateway.polls.map(({ agent: info }) => info?.localAccounts)).toContain(2));
  });

  it('are sent to no computer after two refusals in a row, until the file is changed', () =>
    whileIt('lockout', async () => {
      keep({ ...wrong, password: 'yet another' });
      expect(await told(local)).toEqual(['AUTH_FAILED', 'AUTH_FAILED']);
      keep(right());
      // one more refusal would have locked it
      expect(await told(local)).toEqual(['succeeded', 'OK']);
      keep({ ...wrong, password: 'and another' });
      const [first, second, third] = await Promise.all([told(local), told(local), told(local)]);
      expect([first, second, third].filter((one) => one.length === 2)).toHaveLength(2);
      expect([first, second, third].map(([code]) => code)).toEqual(Array(3).fill('AUTH_FAILED'));
    }));

  it('central ones that were refused twice just now go back undone', async () => {
    const accounts = [account('refused')];
    const ends = await Promise.all([1, 2, 3, 4].map(() => outcome({ accounts })));
    expect(ends.map(({ state }) => state).toSorted()).toEqual(['cancelled', 'cancelled', 'failed', 'failed']);
    expect(ends.flatMap((end) => end.accounts ?? [])).toHaveLength(2);
  });
});

it('a folder from which nothing may be run is PATH_DENIED, not a broken release', () =>
  whileIt('noexec', async () => {
    expect(await outcome({ release: offerClient(gateway) })).toMatchObject({
      phase: 'stage',
      failure: { code: 'PATH_DENIED', native: { text: expect.stringContaining('noexec') as string } },
    });
  }));

it('a file with another digest never gets to the computer', async () => {
  const release = offerScript(gateway, '1', 'exit 0');
  const [file] = release.files;
  const files = file ? [{ ...file, sha256: 'a'.repeat(64) }] : [];
  expect(await outcome({ release: { ...release, files } })).toMatchObject({
    phase: 'stage',
    failure: { code: 'DIGEST_MISMATCH' },
  });
});

describeAsRoot('an installer', () => {
  const wide = (code: number) => `echo ${code} > "$RELAYPOINT_EXIT_CODE"; exit 67`;

  it.each([
    [1603, 'failed', 'INSTALLER_FAILED'],
    [1618, 'failed', 'INSTALLER_BUSY'],
    [1619, 'failed', 'INSTALLER_REJECTED'],
    [1638, 'failed', 'INSTALLER_FAILED'],
    [3010, 'succeeded', 'RESTART_REQUIRED'],
  ])('that writes %i as its exit code has %s: %s', async (code, state, meaning) => {
    const report = await outcome({ release: offerScript(gateway, '1', wide(code)) });
    expect(report.state).toBe(state);
    if (state === 'succeeded') expect(report.result).toBe(meaning);
    else expect(report.failure).toMatchObject({ code: meaning, native: { system: 'exit', code: `${code}` } });
  });

  it.each([
    ['by its exit code', wide(3017), '3017'],
    ['in words', 'echo "A restart is pending; restart the computer first." >&2; exit 1', '1'],
  ])('that says %s that a restart is due before anything has begun nothing', async (_how, script, code) => {
    expect(await outcome({ release: offerScript(gateway, '1', script) })).toMatchObject({
      state: 'failed',
      phase: 'check',
      failure: { code: 'PENDING_RESTART_BLOCKS', native: { system: 'exit', code } },
    });
    expect(succeeded(await outcome())).toMatchObject({ state: 'succeeded' });
  });

  it('that is killed is INSTALLER_KILLED', async () => {
    expect(await outcome({ release: offerScript(gateway, '1', 'kill -9 $$') })).toMatchObject({
      phase: 'install',
      failure: { code: 'INSTALLER_KILLED', native: { code: '137' } },
    });
  });

  it('that writes nonsense as its exit code has the one it ended with', async () => {
    const script = 'echo "-- 3010; reboot" > "$RELAYPOINT_EXIT_CODE"; exit 3';
    expect(await outcome({ release: offerScript(gateway, '1', script) })).toMatchObject({
      failure: { code: 'INSTALLER_FAILED', native: { code: '3' } },
    });
  });
});

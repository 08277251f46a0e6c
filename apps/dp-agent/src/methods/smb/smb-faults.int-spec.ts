import type { WireOrder, WireRelease } from '#contract';
import { describeAsRoot } from '../../../../../tools/testing/as-root.js';
import type { WindowsAccount, WindowsFault } from '../../../../../tools/testing/windows.js';
import { WindowsSite } from '../../../testing/windows.js';
import { succeeded } from '../../../testing/succeeded.js';

// What is wrong with computers, accounts and domains, made for real: by Kerberos, and by NTLM where a DP allows it.
jest.setTimeout(600_000);

let site: WindowsSite;
let release: WireRelease;
beforeAll(async () => {
  site = await WindowsSite.start();
  release = await site.release('1.4.0');
});
afterAll(() => site.stop());

const install = (changes: Partial<WireOrder> = {}) => site.outcome(site.order(1, { release, ...changes }));
const secret = (account: string, username: string, password: string) =>
  site.gateway.seal(account, { username, domain: site.windows.domain, password });

describeAsRoot('by Kerberos', () => {
  it.each<[string, string, string]>([
    ['deploy', 'AUTH_FAILED', 'Wrong-Passw0rd'],
    ['nobody-special', 'AUTH_FAILED', 'Some-Passw0rd1'],
    ['plain', 'NOT_ADMIN', ''],
    // it calls all four alike
    ['disabled', 'ACCOUNT_LOCKED', ''],
    ['expired', 'ACCOUNT_LOCKED', ''],
    ['offhours', 'ACCOUNT_LOCKED', ''],
    ['mustchange', 'PASSWORD_CHANGE_REQUIRED', ''],
  ])('%s is refused as %s', async (username, code, password) => {
    const accounts = [secret(`acc-${username}`, username, password || site.windows.password)];
    expect(await install({ accounts })).toMatchObject({
      state: 'failed',
      phase: 'auth',
      failure: { code },
      accounts: [{ account: `acc-${username}`, result: code }],
    });
  });

  it('a computer without a full name, or an account without a domain, is not tried with anything else', async () => {
    const { name, fqdn, address } = site.windows.computer(1);
    const short = await install({ computer: { name, fqdn: null, address } });
    expect(short).toMatchObject({ failure: { code: 'KERBEROS_NOT_POSSIBLE', native: { system: 'dp' } } });
    const { password } = site.windows;
    const accounts = [site.gateway.seal('acc-local', { username: 'Administrator', password })];
    const local = await install({ accounts, computer: { name, fqdn, address } });
    expect(local).toMatchObject({ failure: { code: 'KERBEROS_NOT_POSSIBLE', native: { system: 'dp' } } });
  });

  it('one account after the other is tried, until one may install', async () => {
    const accounts = [
      secret('acc-wrong', 'deploy2', 'Wrong-Passw0rd'),
      site.account('plain'),
      site.account('deploy'),
      secret('acc-never', 'lockme', 'Wrong-Passw0rd'),
    ];
    expect(succeeded(await install({ accounts }))).toMatchObject({
      state: 'succeeded',
      accounts: [
        { account: 'acc-wrong', result: 'AUTH_FAILED' },
        { account: 'acc-plain', result: 'NOT_ADMIN' },
        { account: 'acc-deploy', result: 'OK' },
      ],
    });
  });

  it('an account is refused twice at most, whatever many orders want with it', async () => {
    const accounts = [secret('acc-twice', 'lockme', 'Wrong-Passw0rd')];
    const ends = await Promise.all(Array.from({ length: 6 }, () => install({ accounts })));
    const refused = ends.filter(({ failure }) => failure?.code === 'AUTH_FAILED');
    expect(refused).toHaveLength(2);
    // the others go back undone: the server knows by now, and decides
    expect(ends.filter(({ state }) => state === 'cancelled')).toHaveLength(4);
    expect(succeeded(await install({ accounts: [site.account('lockme')] }))).toMatchObject({
      state: 'succeeded',
    });
  });
});

describeAsRoot('a computer', () => {
  it.each<[WindowsFault, string, string]>([
    ['noshare', 'auth', 'ADMIN_SHARE_MISSING'],
    ['nosvcctl', 'check', 'SERVICE_CONTROL_UNAVAILABLE'],
    ['noscm', 'check', 'NOT_ADMIN'],
    ['diskfull', 'stage', 'DISK_FULL'],
    ['badexe', 'install', 'INSTALLER_REJECTED'],
    ['clock', 'auth', 'CLOCK_SKEW'],
  ])('with the fault %s fails in %s: %s', async (fault, phase, code) => {
    await site.cleaned(1);
    await site.windows.fault(1, fault);
    try {
      const report = await install({ kind: 'reinstall' });
      expect(report).toMatchObject({ state: 'failed', phase, failure: { code } });
    } finally {
      await site.windows.fault(1, 'none');
    }
    // nothing of it stands in the way of the next
    expect(succeeded(await install())).toMatchObject({ state: 'succeeded' });
    await site.cleaned(1);
  });

  it('that nothing answers for is told by the network’s words', async () => {
    const { name } = site.windows.computer(1);
    const unknown = { name, fqdn: null, address: 'no-such-computer.corp.relaypoint.test' };
    expect(await install({ computer: unknown })).toMatchObject({ failure: { code: 'NAME_NOT_RESOLVED' } });
    const closed = { name, fqdn: null, address: '127.0.0.1' };
    expect(await install({ computer: closed })).toMatchObject({ failure: { code: 'PORT_CLOSED' } });
  });

  it('whose domain controller is away is tried again later', async () => {
    await site.windows.controllerOff();
    try {
      expect(await install()).toMatchObject({ phase: 'auth', failure: { code: 'NO_LOGON_SERVER' } });
    } finally {
      await site.windows.controllerOn();
    }
  });
});

describeAsRoot('by NTLM, where a DP allows it', () => {
  beforeAll(async () => {
    await site.agent.stop('SIGKILL');
    await site.join({ ntlm: 'allowed' });
    for (const account of ['lockme', 'deploy', 'deploy2'] as const) await site.windows.unlock(account);
  });
  /** Without the name that Kerberos wants. */
  const byAddress = () => {
    const { name, address } = site.windows.computer(1);
    return { name, fqdn: null, address };
  };

  it('a computer is installed that has but an address', async () => {
    expect(succeeded(await install({ computer: byAddress() }))).toMatchObject({
      state: 'succeeded',
      facts: { login: 'ntlm' },
    });
  });

  it.each<[WindowsAccount, string]>([
    ['plain', 'NOT_ADMIN'],
    ['disabled', 'ACCOUNT_DISABLED_OR_EXPIRED'],
    ['expired', 'ACCOUNT_DISABLED_OR_EXPIRED'],
    ['mustchange', 'PASSWORD_CHANGE_REQUIRED'],
    ['offhours', 'LOGIN_DENIED'],
  ])('%s is refused as %s', async (username, code) => {
    const report = await install({ computer: byAddress(), accounts: [site.account(username)] });
    expect(report).toMatchObject({ state: 'failed', phase: 'auth', failure: { code } });
  });

  it('an address that belongs to another computer is noticed before anything is installed', async () => {
    const report = await install({ computer: { ...byAddress(), name: 'PC-9' } });
    expect(report).toMatchObject({ state: 'failed', phase: 'reach', failure: { code: 'WRONG_COMPUTER' } });
  });

  it('a computer that refuses it says so, and is not tried by Kerberos; one with a full name never was', async () => {
    await site.windows.fault(1, 'ntlm-off');
    const refused = await install({ computer: byAddress() });
    expect(refused).toMatchObject({ phase: 'auth', failure: { code: 'NTLM_REFUSED' } });
    expect(succeeded(await install())).toMatchObject({ state: 'succeeded', facts: { login: 'kerberos' } });
    await site.windows.fault(1, 'none');
  });
});

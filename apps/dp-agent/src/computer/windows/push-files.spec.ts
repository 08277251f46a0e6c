import { generateSealingKeyPair, openText, publicKeyText } from '#sealing';
import { orderFor } from '../../../testing/agent.js';
import { TestGateway } from '../../../testing/gateway.js';
import { pushOrder, readPushResult, sealedRegistration } from './push-files.js';

const gateway = new TestGateway();
beforeAll(() => gateway.start());
afterAll(() => gateway.stop());

const order = () =>
  orderFor(gateway, { computer: { name: 'PC-8', fqdn: 'pc-8.corp.example', address: null } });

describe('the file order.json', () => {
  it('says what is to be done, and no secret', () => {
    const given = order();
    const text = pushOrder(given, 'install', null, Date.parse(given.deadline) - 90_500);
    expect(JSON.parse(text)).toMatchObject({
      v: 1,
      order: given.order,
      attempt: 1,
      do: 'install',
      names: ['PC-8', 'pc-8.corp.example'],
      allowOlder: false,
      registration: true,
      // counted there from its start, whatever the clock there says
      seconds: 90,
    });
    expect(text).not.toContain(given.registration?.token);
  });

  it('asks for a registration only where something is installed, and lets a reinstallation go back', () => {
    expect(JSON.parse(pushOrder(order(), 'restart', null, 0))).toMatchObject({ registration: false });
    expect(JSON.parse(pushOrder({ ...order(), kind: 'reinstall' }, 'install', null, 0))).toMatchObject({
      allowOlder: true,
    });
  });
});

describe('a registration', () => {
  it('opens with the key of the run alone, for its order and attempt alone', () => {
    const { publicKey, privateKey } = generateSealingKeyPair();
    const given = order();
    const started = JSON.stringify({ v: 1, key: publicKeyText(publicKey) });
    const sealed = sealedRegistration(given, 2, started) ?? '';
    const opened = (attempt: string) =>
      openText(privateKey, 'relaypoint/windows-registration/v1', { attempt, order: given.order }, sealed);
    expect(JSON.parse(String(opened('2')))).toEqual(given.registration);
    expect(opened('1')).toBeNull();
  });

  it('waits for a file that is not whole yet', () => {
    for (const text of ['', '{"v": 1, "key": "abc', '{"v": 1}', '{"v": 1, "key": "abc"}'])
      expect(sealedRegistration(order(), 1, text)).toBeNull();
  });
});

describe('the file result.json', () => {
  const read = (result: object) => readPushResult(JSON.stringify({ v: 1, ...result }));

  it.each([
    [
      { outcome: 'exit', code: 3010 },
      { is: 'ended', code: 3010 },
    ],
    [
      { outcome: 'exit', code: -1073741502 },
      { is: 'ended', code: -1073741502 },
    ],
    [
      { outcome: 'newer', text: 'w' },
      { is: 'judged', code: 'NEWER_INSTALLED', text: 'w' },
    ],
    [{ outcome: 'cancelled' }, { is: 'judged', code: 'INSTALLER_KILLED', text: '' }],
    [
      { outcome: 'failed', failure: 'WRONG_COMPUTER', text: 'w' },
      { is: 'judged', code: 'WRONG_COMPUTER', text: 'w' },
    ],
    // a word that is none of those agreed must not brake an account
    [
      { outcome: 'failed', failure: 'AUTH_FAILED', text: '' },
      { is: 'judged', code: 'UNKNOWN', text: '' },
    ],
    [{ outcome: 'exit' }, { is: 'dead' }],
  ])('%p means %p', (result, state) => {
    expect(read(result)?.state).toEqual(state);
  });

  it('tells facts that are known, as texts', () => {
    const facts = { os: 'Windows', hostname: 'PC-8', bootId: 7, more: 'x', clientVersion: '1.5.0' };
    expect(read({ outcome: 'exit', code: 0, facts })?.facts).toEqual({
      os: 'Windows',
      hostname: 'PC-8',
      clientVersion: '1.5.0',
    });
  });

  it('is none until it is whole', () => {
    for (const text of ['', '{"v": 1, "outcome": "ex', '{}', '[]', 'null'])
      expect(readPushResult(text)).toBeNull();
  });
});

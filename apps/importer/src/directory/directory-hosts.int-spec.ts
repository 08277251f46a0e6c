import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { DirectoryTestStep } from '#domain';
import { anyFreePort } from '../../../../tools/peers/ports.ts';
import { ImportStage } from '../../testing/import-stage.js';

describe('where the test of a directory connects to', () => {
  let stage: ImportStage;
  /** Takes connections and never says anything. */
  let mute: Server;
  let taken = 0;

  beforeAll(async () => {
    stage = await ImportStage.open();
    mute = createServer((socket) => {
      taken += 1;
      socket.on('error', () => undefined).resume();
    }).listen(0, '127.0.0.1');
    await once(mute, 'listening');
  }, 60_000);
  afterAll(async () => {
    await stage?.close();
    mute.close();
  }, 60_000);

  const test = async (url: string): Promise<DirectoryTestStep[]> => {
    const settings = { url, allowPlain: true, bindDn: 'CN=x', bases: ['DC=x'] };
    return (await stage.testDirectory((await stage.addDirectory(settings, 'secret')).id)).steps;
  };
  const mutePort = (): number => (mute.address() as { port: number }).port;

  it('is not this machine, and whoever asks learns nothing of what is there', async () => {
    const importer = await stage.startImporter({ DIRECTORY_HOSTS: '' });
    const urls = [
      `ldap://127.0.0.1:${mutePort()}`,
      `ldap://127.0.0.1:${await anyFreePort()}`,
      `ldap://localhost:${mutePort()}`,
      `ldap://[::ffff:127.0.0.1]:${mutePort()}`,
      'ldap://169.254.169.254',
    ];
    for (const url of urls) {
      const steps = await test(url);
      expect(steps.filter(({ ok }) => ok !== null)).toMatchObject([
        { step: 'resolve', ok: false, code: 'HOST_NOT_ALLOWED' },
      ]);
    }
    expect(taken).toBe(0);
    await stage.kill(importer);
  }, 120_000);

  it('is what the operator allows; a port that says nothing is given up after ten seconds', async () => {
    const importer = await stage.startImporter({ DIRECTORY_HOSTS: 'localhost, 127.0.0.0/8' });
    const begun = performance.now();
    const steps = await test(`ldap://127.0.0.1:${mutePort()}`);
    expect(performance.now() - begun).toBeLessThan(25_000);
    expect(steps.find(({ ok }) => ok === false)).toMatchObject({ step: 'bind', code: 'CONNECT_TIMEOUT' });
    expect(taken).toBe(1);
    await stage.kill(importer);
  }, 120_000);
});

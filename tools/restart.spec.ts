import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCRIPT = join(__dirname, '..', 'deploy', 'restart.sh');
/** Writes down what it is asked for. The gateway's unit does not run, and a unit has been restarted as often as a file says. */
const SYSTEMCTL = `#!/bin/sh
here=$(dirname "$0")
case $1 in
  is-active) [ "$3" != relaypoint-gateway ] ;;
  restart) echo "restarted $2" >> "$here/said" ;;
  show) cat "$here/restarts" ;;
esac
`;

/** deploy/restart.sh, with a systemctl and programs of the test. */
describe('what setup.sh restarts', () => {
  let folder: string;
  const servers: Server[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'restart-spec-'));
    writeFileSync(join(folder, 'systemctl'), SYSTEMCTL);
    chmodSync(join(folder, 'systemctl'), 0o755);
    writeFileSync(join(folder, 'said'), '');
    writeFileSync(join(folder, 'restarts'), '0\n');
  });

  afterEach(async () => {
    await Promise.all(
      servers.splice(0).map((server) => new Promise((resolve) => server.close(() => resolve(null)))),
    );
    rmSync(folder, { recursive: true, force: true });
  });

  /** A program that is ready when it has been asked so often. */
  const program = async (name: string, readyAt: number): Promise<void> => {
    let asked = 0;
    const server = createServer((request, response) => {
      if (request.url === '/health/ready') asked += 1;
      writeFileSync(join(folder, 'said'), `asked ${name}\n`, { flag: 'a' });
      response.writeHead(asked >= readyAt ? 200 : 503, { connection: 'close' }).end();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    writeFileSync(join(folder, `${name}.env`), `#PORT=1\nPORT="${port}"\nHOST=0.0.0.0\n#TLS_CERT=x\n`);
  };

  const restart = (...programs: string[]): Promise<{ code: number; said: string[]; error: string }> =>
    new Promise((resolve) => {
      const env = { PATH: `${folder}:${process.env['PATH']}`, RELAYPOINT_PATIENCE: '5' };
      execFile('sh', [SCRIPT, folder, process.execPath, ...programs], { env }, (failed, _, error) =>
        resolve({
          code: failed === null ? 0 : Number(failed.code),
          said: readFileSync(join(folder, 'said'), 'utf8').trim().split('\n'),
          error,
        }),
      );
    });

  it('follows one after the other, each when the one before is ready; what did not run stays so', async () => {
    await program('server', 2);
    await program('importer', 1);
    const { code, said } = await restart('server', 'gateway', 'importer');
    expect(code).toBe(0);
    expect(said).toEqual([
      'restarted relaypoint-server',
      'asked server',
      'asked server',
      'restarted relaypoint-importer',
      'asked importer',
    ]);
  }, 30_000);

  it('ends at the first that does not get ready', async () => {
    await program('server', Infinity);
    await program('importer', 1);
    writeFileSync(join(folder, 'restarts'), '3\n');
    const { code, said, error } = await restart('server', 'importer');
    expect(code).toBe(1);
    expect(error).toContain('journalctl -u relaypoint-server');
    expect(said).not.toContain('restarted relaypoint-importer');
  }, 30_000);
});

// Chapters 1 to 4 of docs/install.md on a bare Debian 12 with a network of its own. What cannot be done there is in ELSEWHERE.
// The programs are not started here, and nginx is not: what is in front of them is tried in proxies.e2e-spec.ts.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeAsRoot } from '../tools/testing/as-root.js';
import { eventually } from '../tools/testing/eventually.js';
import { chaptersOf } from '../tools/testing/guide.js';
import { BareRoot } from './support/bare-root.js';

const ROOT = join(__dirname, '..');
const PROGRAMS = ['server', 'gateway', 'importer'] as const;
/** Of `systemd-analyze security`, ten times its number; what it calls "OK" begins at 50. */
const MOST_EXPOSED = 20;
/** Everything that the guide's `apt-get install` lines name, and systemd for a look at the units. */
const MACHINE = {
  name: 'bookworm-services',
  packages: ['ca-certificates', 'curl', 'nginx', 'openssl', 'rabbitmq-server', 'systemd'],
  isAlone: true,
} as const;

describeAsRoot('installing by the guide, on a bare Debian', () => {
  const folder = mkdtempSync(join(tmpdir(), 'relaypoint-install-'));
  const chapters = chaptersOf(readFileSync(join(ROOT, 'docs/install.md'), 'utf8'));
  let machine: BareRoot;

  beforeAll(() => {
    // makes everything wait that this process has open, so nothing is yet
    machine = BareRoot.make(join(folder, 'machine'), MACHINE);
    execFileSync(process.execPath, ['tools/pack.ts', '--out', folder, '--level', '1'], { stdio: 'pipe' });
    const archive = readdirSync(folder).find((name) => name.endsWith('.tar.gz')) ?? '';
    copyFileSync(join(folder, archive), join(machine.onDisk('root'), archive));
  }, 900_000);

  afterAll(() => {
    machine?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const sh = async (line: string): Promise<string> => {
    const { code, text } = await machine.sh(line);
    if (code !== 0) throw new Error(`${line}: ${code} ${text}`);
    return text;
  };

  /** Lines that are not run. */
  const ELSEWHERE: readonly RegExp[] = [
    // its packages are there already, and it has no network but its own
    /^apt-get update$/,
    // MongoDB's packages are not to be had here
    /mongod|mongosh/,
  ];

  /** Runs a line after those before it: what they exported is there. */
  const paste = async (line: string): Promise<void> => {
    if (ELSEWHERE.some((is) => is.test(line))) return;
    await sh(
      `cd /root; [ ! -e .exported ] || . ./.exported; ${line}\ncode=$?; export -p > .exported; exit $code`,
    );
  };

  const follow = async (title: string): Promise<void> => {
    const chapter = chapters.find((one) => one.title.startsWith(title));
    const lines = chapter?.steps.flatMap((step) => (step.kind === 'paste' ? step.lines : [])) ?? [];
    if (lines.length === 0) throw new Error(`there is no chapter "${title}" with lines`);
    for (const line of lines) {
      await paste(line);
      if (/install -y .*rabbitmq-server/.test(line)) {
        // as Debian's packages do where there is systemd; without the name service every command would start one, and end it
        machine.start('exec epmd');
        await eventually(() => sh('epmd -names'));
        machine.start('exec rabbitmq-server > /var/log/rabbitmq-server.log 2>&1');
        await eventually(() => sh('rabbitmq-diagnostics -q check_port_connectivity'), { timeoutMs: 60_000 });
      }
    }
  };

  it('has the broker', async () => {
    await follow('1. ');
    expect(await sh('rabbitmqctl -q list_users')).not.toContain('guest');
  }, 120_000);

  it('is unpacked and set up, twice as well as once', async () => {
    await follow('3. ');
    await sh('echo "# mine" >> /etc/relaypoint/gateway.env');
    await follow('3. ');
    expect(await sh('tail -1 /etc/relaypoint/gateway.env')).toBe('# mine\n');
    expect(await sh('relaypoint --help')).toContain('relaypoint import');
    expect(await sh('relaypoint-import --help')).toContain('relaypoint import csv');
  }, 120_000);

  it('has units that systemd takes, and that expose little', async () => {
    const units = PROGRAMS.map((program) => `/etc/systemd/system/relaypoint-${program}.service`).join(' ');
    expect(await sh(`systemd-analyze verify --man=no ${units}`)).toBe('');
    await sh(`systemd-analyze security --offline=yes --no-pager --threshold=${MOST_EXPOSED} ${units}`);
    const { code } = await machine.sh(
      `systemd-analyze security --offline=yes --no-pager --threshold=5 ${units}`,
    );
    expect(code).not.toBe(0);
  }, 60_000);

  it('has a user for each program, who reads nothing of the others', async () => {
    await follow('4. ');
    for (const program of PROGRAMS)
      for (const other of PROGRAMS) {
        const read = await machine.sh(`runuser -u relaypoint-${program} -- cat /etc/relaypoint/${other}.env`);
        expect({ program, other, code: read.code }).toEqual({ program, other, code: 1 });
      }
    const permissions = await sh('rabbitmqctl -q list_permissions -p relaypoint');
    for (const program of PROGRAMS) expect(permissions).toContain(`relaypoint-${program}`);
    expect(await sh('rabbitmqctl -q list_users')).not.toContain('administrator');
    const configured = await sh('cat /etc/relaypoint/*.env');
    expect(configured).not.toMatch(/^(?:AMQP|MONGODB).*PASSWORD/m);
    // pasted again, after the broker has lost a user
    await sh('rabbitmqctl -q delete_user relaypoint-gateway');
    await follow('4. ');
    expect(await sh('cat /etc/relaypoint/*.env')).toBe(configured);
    expect(await sh('rabbitmqctl -q list_users')).toContain('relaypoint-gateway');
  }, 60_000);
});

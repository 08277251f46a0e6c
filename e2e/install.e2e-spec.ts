// docs/install.md pasted command by command on a bare Debian 12 with a network of its own. What differs from a real machine: its
// packages are there already; its first process is no systemd, so `systemctl` and `journalctl` are e2e/support/systemctl.sh, which
// starts the units' programs as their users with their environment and a part of their sandbox, and says which; in place of chapter
// 2 there is the stand-in for MongoDB, without users. The chapter "More machines" is not walked.
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { describeAsRoot } from '../tools/testing/as-root.js';
import { eventually } from '../tools/testing/eventually.js';
import { chapterOf, InstalledMachine } from './support/installed-machine.js';
import { Newcomer } from './support/newcomer.js';

const PAGE = 'install.md';
const PROGRAMS = ['server', 'gateway', 'importer'] as const;
/** As the page has its reader change it. */
const OWN_PASSWORD = 'a long one of your own';
/** Of `systemd-analyze security`, ten times its number; what it calls "OK" begins at 50. */
const MOST_EXPOSED = 20;

/** They answer nobody: their orders wait. */
const COMPUTERS = ['pc-1', 'pc-2', 'pc-3'];
/** What somebody has who has names: a certificate that all of the machine believe. */
const CERTIFICATE = `mkdir -p /etc/ssl/relaypoint && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \\
  -subj /CN=relaypoint.corp.example -addext subjectAltName=DNS:relaypoint.corp.example,DNS:dps.corp.example \\
  -keyout /etc/ssl/relaypoint/key.pem -out /etc/ssl/relaypoint/cert.pem &&
cp /etc/ssl/relaypoint/cert.pem /usr/local/share/ca-certificates/relaypoint.crt && update-ca-certificates`;

describeAsRoot('installing by the guide, on a bare Debian', () => {
  const folder = mkdtempSync(join(tmpdir(), 'relaypoint-install-'));
  let machine: InstalledMachine;
  let browser: Browser;
  let newcomer: Newcomer;
  let before: Record<string, unknown>;
  const sh = (command: string): Promise<string> => machine.paste(command);
  const follow = (...titles: readonly string[]): Promise<string> => machine.follow(PAGE, ...titles);

  const openConsole = async (): Promise<Page> => {
    const context = await browser.newContext({
      ignoreHTTPSErrors: true,
      locale: 'en-GB',
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    await page.goto('https://relaypoint.corp.example/console');
    return page;
  };

  /** What scripts have: the address, and an API token that admin has made. */
  const takeToken = async (): Promise<void> => {
    const post = `curl -sS --fail-with-body -b /root/jar -c /root/jar -H 'X-Requested-With: test' -H 'Content-Type: application/json'`;
    const login = JSON.stringify({ user: 'admin', password: OWN_PASSWORD });
    await sh(`export RELAYPOINT_URL=https://$SERVER_NAME`);
    await sh(`${post} -d '${login}' $RELAYPOINT_URL/api/v1/session`);
    const wish = JSON.stringify({ label: 'scripts', role: 'owner', tenants: 'all' });
    const made = await sh(`${post} -d '${wish}' $RELAYPOINT_URL/api/v1/api-tokens`);
    await sh(`export RELAYPOINT_TOKEN=${(JSON.parse(made) as { token: string }).token}`);
  };
  const call = (path: string): string =>
    `curl -sS --fail-with-body -H "Authorization: Bearer $RELAYPOINT_TOKEN" "$RELAYPOINT_URL/api/v1${path}"`;

  const berlin = async (): Promise<{ lastSeen: string | null }> =>
    JSON.parse(await sh(call('/distribution-points/berlin'))) as { lastSeen: string | null };
  /** As its unit does. */
  const startDp = (): void => machine.root.start('exec runuser -u relaypoint-dp -- relaypoint-dp run');

  beforeAll(() => {
    const agents = join(folder, 'agents');
    const tool = (...args: string[]): void =>
      void execFileSync(process.execPath, [...args, '--level', '1'], { stdio: 'pipe' });
    tool('tools/dp-pack.ts', '--out', agents, '--arch', process.arch, '--no-deb');
    tool('tools/pack.ts', '--out', folder, '--agents', agents);
    tool('tools/pack.ts', '--out', folder, '--agents', agents, '--as-version', '0.3.0');
    machine = InstalledMachine.make(folder, globSync(join(folder, '*.tar.gz')));
  }, 900_000);

  afterAll(async () => {
    await browser?.close();
    machine?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has the broker', async () => {
    await follow('1. ');
    expect(await sh('rabbitmqctl -q list_users')).not.toContain('guest');
  }, 120_000);

  it('is unpacked and set up, twice as well as once', async () => {
    await sh('cd /root');
    await follow('3. ');
    await sh('echo "# mine" >> /etc/relaypoint/gateway.env');
    await sh('sh /opt/relaypoint/versions/0.2.0/setup.sh');
    expect(await sh('tail -1 /etc/relaypoint/gateway.env')).toBe('# mine\n');
    expect(await sh('relaypoint --help')).toContain('relaypoint import');
    expect(await sh('relaypoint-import --help')).toContain('relaypoint import csv');
  }, 900_000);

  it('has units that systemd takes, and that expose little', async () => {
    const units = PROGRAMS.map((program) => `/etc/systemd/system/relaypoint-${program}.service`).join(' ');
    expect(await sh(`systemd-analyze verify --man=no ${units}`)).toBe('');
    await sh(`systemd-analyze security --offline=yes --no-pager --threshold=${MOST_EXPOSED} ${units}`);
    const { code } = await machine.root.sh(
      `systemd-analyze security --offline=yes --no-pager --threshold=5 ${units}`,
    );
    expect(code).not.toBe(0);
  }, 60_000);

  it('has a user for each program, who reads nothing of the others', async () => {
    await follow('4. ');
    for (const program of PROGRAMS)
      for (const other of PROGRAMS) {
        const read = await machine.root.sh(
          `runuser -u relaypoint-${program} -- cat /etc/relaypoint/${other}.env`,
        );
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

  it('says in its journal that the database is not there', async () => {
    await sh('systemctl start relaypoint-server');
    await eventually(
      () => sh('journalctl -u relaypoint-server | grep "database cannot be used (MONGODB_URI)"'),
      {
        timeoutMs: 30_000,
      },
    );
    await sh('systemctl stop relaypoint-server');
  }, 60_000);

  it('starts, each program as its user, who can write to its state folder and nowhere else', async () => {
    await machine.takeDatabase();
    expect(await follow('5. ')).toContain('ok');
    for (const program of PROGRAMS)
      expect(await sh(`ps -o user:32= -p $(cat /run/systemctl-stand-in/relaypoint-${program}.pid)`)).toBe(
        `relaypoint-${program}\n`,
      );
    expect(await sh('stat -c "%a %U" /var/lib/relaypoint-*')).toBe(
      '700 relaypoint-importer\n700 relaypoint-server\n',
    );
  }, 120_000);

  it('is reached by its two names over nginx', async () => {
    await sh(CERTIFICATE);
    await sh('echo "127.0.0.1 relaypoint.corp.example dps.corp.example" >> /etc/hosts');
    expect(await follow('6. ')).toContain('ok');
    // those are for who is inside
    for (const path of ['metrics', 'version', 'health/ready'])
      expect(await sh(`curl -s -o /dev/null -w '%{http_code}' https://$SERVER_NAME/${path}`)).toBe('404');
  }, 60_000);

  it('lets admin in, who changes the password', async () => {
    browser = await machine.browser();
    const page = await openConsole();
    newcomer = new Newcomer(page, false);
    const printed = await follow('7. ');
    const [, password = 'none was printed'] = /with the password (\S+)/.exec(printed) ?? [];
    await newcomer.follow(chapterOf(PAGE, '7. '), { '••••••••': password }, () => Promise.resolve(printed));
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await new Newcomer(await openConsole(), false).follow(chapterOf('getting-started.md', '2. '), {
      '••••••••': OWN_PASSWORD,
    });
  }, 120_000);

  it('takes a DP by the line of the console', async () => {
    const places = { 'http://192.0.2.10:3001': 'https://dps.corp.example' };
    await newcomer.follow(chapterOf('getting-started.md', '4. '), places, async (line) => {
      // as root, with a certificate that no public CA has signed, and without a systemd
      const printed = await sh(
        `${line.replace('sudo ', '')} --ca-file /etc/ssl/relaypoint/cert.pem --no-service`,
      );
      startDp();
      return printed;
    });
    await takeToken();
    await eventually(async () => {
      expect(await berlin()).toMatchObject({ state: 'enabled', lastSeen: expect.any(String) });
    });
  }, 120_000);

  /** What must not be lost. */
  const kept = async (): Promise<Record<string, unknown>> => {
    const page = async (path: string): Promise<object[]> =>
      (JSON.parse(await sh(call(path))) as { items: object[] }).items;
    const computers = (await page('/computers?folder=all&sort=name')) as {
      id: string;
      name: string;
      state: string;
    }[];
    const orders = (await page('/orders?sort=createdAt')) as { id: string; state: string }[];
    return {
      computers: computers.map(({ id, name, state }) => [id, name, state]),
      orders: orders.map(({ id, state }) => [id, state]),
      keys: await sh('sha256sum /var/lib/relaypoint-server/keys/* /var/lib/relaypoint-importer/keys/*'),
    };
  };
  const tickets = (): Promise<string> =>
    eventually(
      async () => {
        const depths = await sh('rabbitmqctl -q list_queues -p relaypoint name messages');
        const [, count = 'none'] = /^dp\.berlin\.orders\s+(\d+)$/m.exec(depths) ?? [];
        if (count !== String(COMPUTERS.length)) throw new Error(depths);
        return count;
      },
      { timeoutMs: 60_000 },
    );

  it('takes computers in, and orders wait for their DP', async () => {
    const out = join(folder, 'client');
    execFileSync(process.execPath, ['tools/client-pack.mjs', '--out', out], { stdio: 'pipe' });
    const [client = ''] = globSync('*.tar.gz', { cwd: out });
    await newcomer.follow(chapterOf('getting-started.md', '3. '), { [client]: join(out, client) });
    await newcomer.follow(chapterOf('getting-started.md', '5. '));
    // its site is cut off
    await sh('pkill -u relaypoint-dp');
    await sh(`printf '%s\\n' name ${COMPUTERS.join(' ')} > /root/computers.csv`);
    await sh(
      'RELAYPOINT_URL=http://127.0.0.1:3000 relaypoint import csv /root/computers.csv --tenant default --dp berlin --commit',
    );
    const { items } = JSON.parse(await sh(call('/computers?folder=all'))) as { items: { id: string }[] };
    const wish = JSON.stringify({ computers: items.map(({ id }) => id) });
    await sh(`${call('/computers/release')} -H 'Content-Type: application/json' -d '${wish}'`);
    before = await kept();
    expect(before['orders']).toHaveLength(COMPUTERS.length);
  }, 120_000);

  it('is backed up by the page, at night too', async () => {
    const page = readFileSync(join(__dirname, '../docs/backup.md'), 'utf8');
    const units = Array.from(page.matchAll(/```ini\n([\s\S]*?)```/g), ([, unit]) => unit);
    for (const [index, type] of ['service', 'timer'].entries())
      await sh(`cat > /etc/systemd/system/relaypoint-backup.${type} << 'END'\n${units[index]}END`);
    expect(await sh('systemd-analyze verify --man=no /etc/systemd/system/relaypoint-backup.timer')).toBe('');
    await machine.follow('backup.md', 'Backup and restore', 'Make one');
    expect(await sh('ls /var/backups/relaypoint')).toMatch(/^(?:relaypoint-\S+Z\.backup\n){2}$/);
  }, 120_000);

  it('is restored by the page after all of it was lost: the same data, the same keys, and each order once', async () => {
    await sh('systemctl stop relaypoint-server relaypoint-gateway relaypoint-importer');
    await sh('rm -r /var/lib/relaypoint-server /var/lib/relaypoint-importer');
    await sh('rabbitmqctl -q stop_app && rabbitmqctl -q reset && rabbitmqctl -q start_app');
    machine.loseDatabase();
    await machine.startDatabase();
    // users of a broker that was wiped
    await follow('4. ');
    await machine.follow('backup.md', 'Verify one', 'Restore');
    // the gateway, too
    await follow('5. ');
    expect(await kept()).toEqual(before);
    await tickets();
  }, 180_000);

  it('goes to another version and back by the page, and nothing is lost', async () => {
    await sh('mkdir -p /run/systemd/system');
    const versions = await machine.follow('upgrade.md', 'Before', 'Without containers');
    expect(versions).toContain(
      'restarting relaypoint-server\nrestarting relaypoint-importer\nrestarting relaypoint-gateway\n',
    );
    expect(await machine.follow('upgrade.md', 'Before')).toContain('"version":"0.3.0"');
    expect(await kept()).toEqual(before);
    expect(await machine.follow('upgrade.md', 'Back without containers')).toContain(
      'restarting relaypoint-gateway\nrestarting relaypoint-importer\nrestarting relaypoint-server\n',
    );
    expect(await machine.follow('upgrade.md', 'Before')).toContain('"version":"0.2.0"');
    expect(await kept()).toEqual(before);
    await tickets();
    // and the DP, which nobody has told of anything, comes back
    const since = Date.now();
    startDp();
    await eventually(async () => expect(Date.parse((await berlin()).lastSeen ?? '')).toBeGreaterThan(since), {
      timeoutMs: 60_000,
    });
  }, 240_000);
});

// Every `sh` block of docs/runbooks, pasted by an operator who has what its README.md asks for: on a running installation with the
// fault that the page is about, and all the other pages once. Of what stands in `text` blocks, for the machines of an
// installation, the lines for rabbitmqctl are run; those for systemd, MongoDB's tools and the machine itself are not.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../tools/testing/eventually.js';
import { chaptersOf, commandsIn } from '../tools/testing/guide.js';
import { expectServerErrors } from '../tools/testing/server-errors.js';
import { FAULTS_OF_WORK } from './alerts/faults-of-work.js';
import { Ground, PATIENCE } from './alerts/ground.js';
import { Terminal } from './support/terminal.js';

// while Prometheus gets ready, which the faults' own tests watch by
expectServerErrors(503);
jest.setTimeout(300_000);

const ROOT = join(__dirname, '..');
const RUNBOOKS = join(ROOT, 'docs/runbooks');
const textOf = (alert: string): string => readFileSync(join(RUNBOOKS, `${alert}.md`), 'utf8');
const ALERTS = readdirSync(RUNBOOKS).flatMap((name) => (name === 'README.md' ? [] : [name.slice(0, -3)]));
/** Their pages have nothing for an operator's shell: all is looked at on the machine. */
const ON_THE_MACHINE = new Set([
  'RelaypointDatabaseBusy',
  'RelaypointEventLoopBusy',
  'RelaypointGatewayRefusing',
  'RelaypointReportsLate',
  'RelaypointServerErrors',
  'RelaypointServerUnanswered',
]);
/** What a page's commands show of its fault. */
const SHOWN: Readonly<Record<string, RegExp>> = {
  RelaypointBrakeTripped: /\tAUTH_FAILED\t/,
  RelaypointDeadLetters: /\trelaypoint\.status\.dead\t/,
  RelaypointDirectorySyncFailing: /"failures":2/,
  RelaypointDpAccountMissing: /^late\ta$/m,
  RelaypointDpClockOff: /^south\t.+clock/m,
  RelaypointDpOverdue: /^south\t/m,
  RelaypointImportFailed: /\tfailed\t/,
  RelaypointNoticesNotDelivered: /\tone$/m,
  RelaypointOrdersFailing: /DISK_FULL\tnorth/,
  RelaypointRolloutStopped: /\tbad\tstop\t/,
  RelaypointTicketsLost: /^[1-9]\d*$/m,
  RelaypointTicketsRefused: /^south\tQUEUE_REFUSED\t/m,
  RelaypointUnknownFailures: /^\S+\t\S+\t/m,
};

/** Without those whose page has nothing to show of them; leases take a minute to lapse. */
const FAULTS = FAULTS_OF_WORK.filter(({ alerts }) => alerts.some((alert) => alert in SHOWN));

describe('the runbooks', () => {
  let ground: Ground;
  let terminal: Terminal;
  const walked = new Set<string>();

  beforeAll(async () => {
    ground = await Ground.start();
    terminal = operator();
    const [, first = ''] = /```text\n([\s\S]*?)```/.exec(textOf('README')) ?? [];
    for (const line of first.trim().split('\n')) await terminal.paste(line);
  });
  afterAll(async () => {
    terminal?.close();
    await ground?.stop();
  });

  /** A shell with the address, a token and the command line of the installation. */
  const operator = (): Terminal => {
    const { stack } = ground;
    const bin = join(stack.folder, 'bin');
    mkdirSync(bin);
    const main = join(ROOT, 'dist/apps/admin/src/main.js');
    const command = `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`;
    writeFileSync(join(bin, 'relaypoint-admin'), command, { mode: 0o755 });
    const env = {
      PATH: `${bin}:${process.env['PATH']}`,
      RELAYPOINT_URL: stack.serverUrls[0],
      RELAYPOINT_TOKEN: stack.token,
      RELAYPOINT_STATE: join(stack.folder, 'state'),
      MONGODB_URI: stack.ground.mongodbUri,
      MONGODB_STAND_IN: process.env['MONGODB_STAND_IN'] ?? '0',
    };
    return new Terminal(spawn('bash', ['--norc'], { env }));
  };

  const walk = async (alert: string): Promise<string> => {
    let printed = '';
    for (const command of commandsIn(chaptersOf(textOf(alert)))) printed += await terminal.paste(command);
    walked.add(alert);
    return printed;
  };

  it.each(FAULTS)('show $name', async ({ alerts, plant }) => {
    const mends: (() => unknown)[] = [];
    try {
      await plant(ground, (mend) => mends.unshift(mend));
      for (const alert of alerts)
        await eventually(
          async () => expect(await walk(alert)).toMatch(SHOWN[alert] ?? 'nothing is expected'),
          PATIENCE,
        );
    } finally {
      for (const mend of mends) await mend();
    }
  });

  it.each(ALERTS)('have commands that work: %s', async (alert) => {
    expect(commandsIn(chaptersOf(textOf(alert))).length === 0).toBe(ON_THE_MACHINE.has(alert));
    if (!walked.has(alert)) await walk(alert);
  });

  it('name what the broker knows', async () => {
    const { broker, vhost } = ground.stack.ground;
    const lines = ALERTS.flatMap((alert) => Array.from(textOf(alert).matchAll(/^rabbitmqctl ([^|\n]+)/gm)));
    expect(lines.length).toBeGreaterThan(4);
    for (const [, words = ''] of lines) await broker?.ctl(...words.trim().replace('VHOST', vhost).split(' '));
  });
});

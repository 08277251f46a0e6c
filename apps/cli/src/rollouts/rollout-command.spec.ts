import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiFault, type Connection } from '../server/connection.js';
import { readRollout } from './rollout-arguments.js';
import { rollOut } from './rollout-command.js';
import { RolloutsApi } from './rollouts-api.js';

const ID = '0198c0de-0006-7000-8000-000000000006';
const NONE = { waiting: 0, underWay: 0, good: 0, bad: 0, absent: 0, skipped: 0 };
const ROLLOUT = {
  id: ID,
  tenant: 'default',
  name: 'Holidays',
  state: 'running',
  release: null,
  size: 0,
  counts: NONE,
  wave: 1,
  waves: [],
  proof: { settle: 0 },
  cause: null,
  stoppedDps: [],
  eta: null,
  startAt: null,
  requestedBy: 'ada',
  createdAt: '2026-01-01T10:00:00Z',
  endedAt: null,
};
const PLAN = { tenant: 'default', release: null, size: 0, waves: [], dps: [], obstacles: [] };

const folder = mkdtempSync(join(tmpdir(), 'relaypoint-'));
const file = join(folder, 'rollout.json');
beforeEach(() => jest.spyOn(process.stdout, 'write').mockReturnValue(true));
afterEach(() => jest.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true }));

/** What the server was asked by a command line, in turn. */
async function asked(line: string): Promise<[string, object?][]> {
  const requests: [string, object?][] = [];
  const server: Pick<Connection, 'get' | 'post'> = {
    get: (path) => {
      requests.push([path]);
      if (path.startsWith('/computers')) return Promise.resolve({ items: [{ id: 'c-1', name: 'PC-1' }] });
      if (path.startsWith('/rollouts?')) return Promise.resolve({ items: [ROLLOUT], next: null });
      return path === `/rollouts/${ID}`
        ? Promise.resolve(ROLLOUT)
        : Promise.reject(new ApiFault('NOT_FOUND', 'There is none.'));
    },
    post: (path, body) => {
      requests.push([path, body ?? {}]);
      return Promise.resolve(path.endsWith('/plan') ? PLAN : ROLLOUT);
    },
  };
  const command = readRollout(line.split(' '));
  if (!command) throw new Error('help');
  await rollOut(command, new RolloutsApi(server as Connection), new AbortController().signal);
  return requests;
}

describe('a plan of what a file starts', () => {
  const body = {
    filter: { dp: 'north' },
    proof: { share: 95 },
    stops: [],
    note: 'n',
    deadline: '2026-03-02T05:00:00Z',
    windows: [],
  };
  beforeEach(() => writeFileSync(file, JSON.stringify(body)));

  it('asks with what a plan takes of it', async () =>
    expect(await asked(`plan --body ${file} --start-at 2026-03-01T20:00:00Z`)).toEqual([
      [
        '/rollouts/plan',
        {
          filter: { dp: 'north' },
          windows: [],
          startAt: '2026-03-01T20:00:00.000Z',
          deadline: '2026-03-02T05:00:00Z',
        },
      ],
    ]));

  it('takes the computers that are named instead of those of the file', async () => {
    const [, [, plan] = []] = await asked(`plan --body ${file} --computer PC-1`);
    expect(plan).toMatchObject({ computers: ['c-1'] });
    expect(plan).not.toHaveProperty('filter');
  });

  it('takes the filter that is said instead of the computers of the file', async () => {
    writeFileSync(file, JSON.stringify({ computers: ['c-9'] }));
    const [[, start] = []] = await asked(`start Holidays --body ${file} --dp south`);
    expect(start).toEqual({ filter: { dp: 'south' }, name: 'Holidays' });
    await expect(asked(`plan --body ${file} --tenant default`)).rejects.toThrow('--tenant alone');
  });
});

describe('a rollout that is named', () => {
  it('is looked at by its ID without a list of all', async () =>
    expect(await asked(`show ${ID}`)).toEqual([[`/rollouts/${ID}`], [`/rollouts/${ID}`]]));

  it('may have a name that looks like an ID', async () => {
    const other = ID.replace('0006', '0007');
    await expect(asked(`show ${other}`)).rejects.toThrow(`There is no rollout "${other}"`);
  });

  it('passes on the wave that was seen', async () =>
    expect(await asked('next Holidays')).toContainEqual([`/rollouts/${ID}/next-wave`, { wave: 1 }]));
});

import type { WireOrder } from '#contract';
import type { Candidate } from '../accounts/credential-store.js';
import type { HostFacts, RunState } from '../computer/host-facts.js';
import { type Method, StopControl, type StopReason, type TriedAccount } from '../computer/method.js';
import type { RemoteComputer } from '../computer/remote-computer.js';
import { StepFailed } from '../failures/failure.js';
import { OrderExecution, type OrderExecutionParts } from './order-execution.js';

const file = { platform: 'linux', name: 'c.tar.gz', url: '/c', size: 1_000_000, sha256: '0'.repeat(64) };
const ORDER: WireOrder = {
  order: 'order-1',
  dp: 'dp-1',
  attempt: 1,
  fence: 1,
  leaseUntil: '2026-01-01T00:01:00Z',
  kind: 'install-client',
  computer: { name: 'PC-1', fqdn: null, address: '192.0.2.1' },
  release: {
    version: '1.0.0',
    files: [file],
    platforms: { linux: { install: './install.sh', args: [], successCodes: [0], restartCodes: [194] } },
  },
  accounts: [],
  registration: null,
  method: { kinds: ['ssh'], port: 22, hostKey: { policy: 'pin', known: null } },
  restart: 'never',
  deadline: '2999-01-01T00:00:00Z',
  verify: false,
};
const HOST: HostFacts = {
  os: 'Linux',
  arch: 'x86_64',
  hostname: '',
  bootId: 'b',
  clientVersion: '',
  freeKiB: null,
  runs: new Map(),
};
const CANDIDATES: Candidate[] = ['first', 'second'].map((id) => ({
  id,
  secret: { username: id, password: 'p' },
  isLocal: false,
}));

/** A computer behind a way in, the work on one order, and what the world sees of it. */
class World {
  readonly control = new StopControl();
  /** What was done on the computer, and said of the order. */
  readonly done: string[] = [];
  readonly said: { state: string; phase?: unknown; failure?: unknown; result?: unknown }[] = [];
  host: HostFacts = HOST;
  endsAs: RunState = { is: 'dead' };
  open: (candidates: readonly Candidate[], tried: TriedAccount[]) => void = () => undefined;
  on: (step: string) => void = () => undefined;

  private readonly step = <T>(name: string, value: T): Promise<T> => {
    this.done.push(name);
    this.on(name);
    return Promise.resolve(value);
  };

  private readonly computer: RemoteComputer = {
    secret: null,
    facts: {},
    look: () => this.step('look', this.host),
    stage: () => this.step('stage', undefined),
    start: () => this.step('start', undefined),
    wait: () => this.step('wait', { state: { is: 'running' } as const, log: '' }),
    end: () => this.step('end', { state: this.endsAs, log: '' }),
    clean: () => this.step('clean', undefined),
    discard: () => this.step('discard', undefined),
    prepareRestart: () => this.step('prepareRestart', undefined),
    restart: () => this.step('restart', undefined),
    uninstall: () => this.step('uninstall', { state: { is: 'ended', code: 0 } as const, log: '' }),
    reconnect: () => this.step('reconnect', undefined),
    close: () => undefined,
  };

  private readonly method: Method = {
    kind: 'ssh',
    reconnectFor: 0,
    reach: () => this.step('reach', undefined),
    open: async (_order, candidates, tried) => {
      this.open(candidates, tried);
      return this.step('open', this.computer);
    },
  };

  private readonly parts = {
    methods: [this.method],
    accounts: { refresh: () => Promise.resolve(), candidates: () => CANDIDATES },
    cache: { fetch: () => this.step('fetch', '/tmp/c.tar.gz') },
    journal: { write: () => Promise.resolve() },
    reporter: {
      say: (_order: string, _attempt: number, state: string, details: object) => {
        if (state !== 'progress') this.said.push({ state, ...details });
        return Promise.resolve();
      },
    },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    now: Date.now,
  } as unknown as OrderExecutionParts;

  run(changes: Partial<WireOrder>, begun: boolean): Promise<void> {
    return new OrderExecution({ order: { ...ORDER, ...changes }, begun }, this.parts, this.control).run();
  }

  stopAt(step: string, reason: StopReason): void {
    this.on = (name) => {
      if (name === step) this.control.stop(reason);
    };
  }
}

const failsWith = (code: 'NOT_SSH' | 'NOT_ADMIN') => () => {
  throw new StepFailed(code === 'NOT_SSH' ? 'reach' : 'auth', code, { system: 'ssh', code: 'x', text: 'no' });
};

describe('work on an order of which something may run on the computer', () => {
  let world: World;
  beforeEach(() => (world = new World()));

  it('ends what runs when it is cancelled on the way there', async () => {
    world.host = { ...HOST, runs: new Map([[1, { is: 'running' }]]) };
    world.stopAt('reach', 'cancel');
    await world.run({}, true);
    expect(world.said).toMatchObject([{ state: 'cancelled' }]);
    expect(world.done).toEqual(['reach', 'open', 'look', 'end', 'clean']);
  });

  it('is cancelled where nothing is found, and begins nothing', async () => {
    for (const kind of ['install-client', 'uninstall-client', 'reinstall'] as const) {
      world = new World();
      world.host = { ...HOST, freeKiB: 1, clientVersion: '9.0.0' };
      world.stopAt('reach', 'cancel');
      await world.run({ kind }, true);
      expect([kind, world.said.map(({ state }) => state)]).toEqual([kind, ['cancelled']]);
      for (const step of ['fetch', 'stage', 'start', 'uninstall']) expect(world.done).not.toContain(step);
    }
  });

  it('knows nothing of its end where there is no way back, and leaves what is there to be found', async () => {
    let opened = 0;
    world.open = () => {
      opened += 1;
      failsWith('NOT_SSH')();
    };
    await world.run({}, true);
    expect(world.said).toMatchObject([
      {
        state: 'failed',
        phase: 'install',
        failure: { code: 'OUTCOME_UNKNOWN', native: { code: 'NOT_SSH' } },
      },
    ]);
    expect(opened).toBe(2);
    expect(world.done).not.toContain('clean');
  });

  it('does not log in over and over where that is counted', async () => {
    const tries: string[][] = [];
    world.open = (candidates, tried) => {
      tries.push(candidates.map(({ id }) => id));
      tried.push({ account: 'first', result: 'NOT_ADMIN' });
      failsWith(tries.length === 1 ? 'NOT_SSH' : 'NOT_ADMIN')();
    };
    await world.run({}, true);
    expect(tries).toEqual([['first', 'second'], ['second']]);
    expect(world.said).toMatchObject([{ failure: { code: 'OUTCOME_UNKNOWN' } }]);
  });

  it('does not count as ended while it runs on, and is not cleaned up from under it', async () => {
    world.host = { ...HOST, runs: new Map([[1, { is: 'running' }]]) };
    world.endsAs = { is: 'running' };
    world.stopAt('look', 'cancel');
    await world.run({}, false);
    expect(world.said).toMatchObject([{ state: 'failed', failure: { code: 'OUTCOME_UNKNOWN' } }]);
    expect(world.done.filter((step) => step === 'end')).toHaveLength(3);
    expect(world.done).not.toContain('clean');
  });
});

describe('a restart that is stopped', () => {
  it.each([
    ['cancel', 'look', [{ state: 'cancelled' }]],
    ['cancel', 'prepareRestart', [{ state: 'cancelled' }]],
    ['lost', 'look', []],
    ['lost', 'prepareRestart', []],
  ] as const)('by %s at %s restarts nothing', async (reason, step, said) => {
    const world = new World();
    world.stopAt(step, reason);
    await world.run({ kind: 'restart', release: null }, false);
    expect(world.said).toMatchObject(said);
    expect(world.said).toHaveLength(said.length);
    expect(world.done).not.toContain('restart');
  });

  it('is done where nobody stops it', async () => {
    const world = new World();
    await world.run({ kind: 'restart', release: null }, false);
    expect(world.said).toMatchObject([{ state: 'succeeded', result: 'RESTART_STARTED' }]);
    expect(world.done).toContain('restart');
  });
});

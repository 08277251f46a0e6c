import { DEFAULT_SETTINGS, type RetentionState } from '#domain';
import type { RetentionRepository } from '#persistence';
import { EnvironmentFault } from '#runtime';
import type { ServerEnv } from '../../platform/config/server-env.js';
import type { Metrics } from '../../platform/health/metrics.js';
import type { SettingsService } from '../../platform/settings/settings.service.js';
import type { RetentionKeeper } from './retention-keeper.js';
import { RetentionSweeper } from './retention-sweeper.js';

const HOUR_MS = 60 * 60_000;

describe('a look at what has been kept long enough', () => {
  let asked: Date[];
  let done: RetentionState['done'];
  let clockFault: string | undefined;
  beforeEach(() => {
    asked = [];
    done = null;
    clockFault = undefined;
  });

  const sweeperOf = (env: Partial<ServerEnv> = {}): RetentionSweeper => {
    const state = { holder: null, until: null, plan: null, waiting: 0, revision: 0 };
    const states = {
      state: (id: RetentionState['id']) => Promise.resolve({ id, done, ...state }),
      replace: (one: RetentionState) => Promise.resolve(one),
      clockFault: () => Promise.resolve(clockFault),
    };
    const settings = {
      forDpNow: () => Promise.resolve({ ...DEFAULT_SETTINGS, keepOrders: 30, removeUnarchived: true }),
    };
    const keepers = (['orders', 'imports', 'audit'] as const).map((kind) => ({
      kind,
      plans: async function* (before: Date) {
        asked.push(before);
        yield* [];
      },
    })) as unknown as RetentionKeeper[];
    return new RetentionSweeper(
      states as unknown as RetentionRepository,
      settings as unknown as SettingsService,
      {} as Metrics,
      keepers[0] as never,
      keepers[1] as never,
      keepers[2] as never,
      {} as never,
      env as ServerEnv,
    );
  };

  it('removes nothing by a clock that is not the one of the database', async () => {
    clockFault = 'this machine is ahead';
    await sweeperOf().sweep();
    expect(asked).toEqual([]);
    clockFault = undefined;
    await sweeperOf().sweep();
    expect(asked).toHaveLength(1);
  });

  it('does not wait until a look of a time to come is an hour old', async () => {
    const at = Date.now();
    done = { at: new Date(at - 1000), before: new Date(at - 30 * 24 * HOUR_MS) };
    await sweeperOf().sweep();
    expect(asked).toEqual([]);
    const ahead = 24 * HOUR_MS;
    done = { at: new Date(at + ahead), before: new Date(at + ahead - 30 * 24 * HOUR_MS) };
    await sweeperOf().sweep();
    expect(asked).toHaveLength(1);
  });

  it('does not begin without the folder of its archive', async () => {
    const sweeper = sweeperOf({ ARCHIVE_DIR: '/nowhere/archive' });
    await expect(sweeper.onApplicationBootstrap()).rejects.toThrow(EnvironmentFault);
  });
});

import * as fc from 'fast-check';
import type { DpId, TenantId } from '../base/ids.js';
import {
  DEFAULT_SETTINGS,
  effectiveSettings,
  settingsOf,
  type LayeredSettings,
  type Settings,
} from './settings.js';

const tenant = `tenant:${'acme' as TenantId}` as const;
const dp = `dp:${'site-a' as DpId}` as const;
const keys = Object.keys(DEFAULT_SETTINGS) as (keyof Settings)[];

describe('settings', () => {
  it('have the defaults of the admin API', () => {
    expect(DEFAULT_SETTINGS).toMatchObject({
      pollInterval: 60,
      pollJitter: 10,
      longPoll: true,
      concurrency: 10,
      attempts: 5,
      orderExpiry: 604_800,
      installTimeout: 3600,
      registrationTimeout: 1800,
      restartAlert: 259_200,
      windows: [],
      hostKeyPolicy: 'pin',
      defaultRelease: null,
    });
  });

  it('without layers are the defaults, and say so', () => {
    const effective = effectiveSettings([]);
    for (const key of keys) expect(effective[key]).toEqual({ value: DEFAULT_SETTINGS[key], from: 'default' });
  });

  it('of a later layer win, and each value names the layer it comes from', () => {
    const layers: LayeredSettings[] = [
      { layer: 'global', values: { pollInterval: 30, attempts: 3 } },
      { layer: tenant, values: { pollInterval: 300 } },
      { layer: dp, values: { longPoll: false } },
    ];
    expect(effectiveSettings(layers)).toMatchObject({
      pollInterval: { value: 300, from: 'tenant:acme' },
      attempts: { value: 3, from: 'global' },
      longPoll: { value: false, from: 'dp:site-a' },
      concurrency: { value: 10, from: 'default' },
    });
  });

  it('that are set to false, nothing or zero are set', () => {
    const layers: LayeredSettings[] = [
      { layer: 'global', values: { longPoll: true, defaultRelease: '1.0', pollJitter: 20 } },
      { layer: dp, values: { longPoll: false, defaultRelease: null, pollJitter: 0 } },
    ];
    expect(settingsOf(layers)).toMatchObject({ longPoll: false, defaultRelease: null, pollJitter: 0 });
    expect(effectiveSettings(layers).defaultRelease).toEqual({ value: null, from: 'dp:site-a' });
  });

  it('that a layer does not name come from the one below', () => {
    const layers: LayeredSettings[] = [
      { layer: 'global', values: { attempts: 3 } },
      { layer: dp, values: { attempts: undefined } },
    ];
    expect(settingsOf(layers).attempts).toBe(3);
  });

  it('are the same with and without their origin', () => {
    const values = fc.record(
      {
        pollInterval: fc.integer({ min: 5, max: 86_400 }),
        pollJitter: fc.integer({ min: 0, max: 100 }),
        longPoll: fc.boolean(),
        defaultRelease: fc.option(fc.constantFrom('1.0.0', '2.0.0'), { nil: null }),
        hostKeyPolicy: fc.constantFrom('pin' as const, 'strict' as const),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(values, values, values, (global, ofTenant, ofDp) => {
        const layers: LayeredSettings[] = [
          { layer: 'global', values: global },
          { layer: tenant, values: ofTenant },
          { layer: dp, values: ofDp },
        ];
        const effective = effectiveSettings(layers);
        const plain = Object.fromEntries(keys.map((key) => [key, effective[key].value]));
        expect(settingsOf(layers)).toEqual(plain);
      }),
    );
  });
});

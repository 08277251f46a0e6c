import { pair, agent } from '../../../../../libs/domain/testing/sample-pair.js';
import type { Plain } from '../../platform/http/plain.js';
import type { DpAgentDto, DpMachineDto } from './distribution-point.dto.js';
import { machineViews, oldAgentAlerts, updateAlerts } from './dp-machine-views.js';

type Update = Plain<DpAgentDto>['update'];

const at = '2026-03-02T08:00:00.000Z';
const failed: Update = { version: '0.3.0', state: 'failed', code: 'DOCTOR', text: 'FAIL  clock', at };

const machine = (hostname: string, update: Update): Plain<DpMachineDto> => ({
  id: hostname,
  keyFingerprint: `SHA256:${hostname}`,
  state: 'enabled',
  agent: {
    version: '0.2.0',
    os: 'linux',
    hostname,
    localAccounts: 0,
    methods: null,
    platforms: null,
    update,
  },
  lastSeen: at,
  address: null,
  overdue: false,
  clockOff: null,
  idle: false,
  accountsToEnter: [],
  joinedAt: at,
});

describe('the alerts of machines that could not update themselves', () => {
  it('name the version and why', () => {
    expect(updateAlerts([machine('one', failed)])).toEqual([
      {
        code: 'AGENT_UPDATE_FAILED',
        at,
        key: 'dpAlert.updateFailed',
        params: { version: '0.3.0', reason: 'DOCTOR: FAIL  clock' },
      },
    ]);
  });

  it('are raised for the second of two as well, by name', () => {
    expect(updateAlerts([machine('one', null), machine('two', failed)])).toMatchObject([
      { key: 'dpAlert.machineUpdateFailed', params: { machine: 'two' } },
    ]);
    expect(updateAlerts([machine('one', failed), machine('two', failed)])).toHaveLength(2);
  });

  it('end once it works', () => {
    expect(updateAlerts([machine('one', { ...failed, state: 'waiting', code: null, text: null })])).toEqual(
      [],
    );
  });
});

describe('the alerts of machines whose agents are too old', () => {
  const now = new Date(at);

  it('name what runs and what is asked for', () => {
    expect(oldAgentAlerts([machine('one', null)], '0.3.0', now)).toEqual([
      {
        code: 'AGENT_TOO_OLD',
        at,
        key: 'dpAlert.agentTooOld',
        params: { machine: 'one', version: '0.2.0', minimum: '0.3.0' },
      },
    ]);
  });

  it('are not raised where any will do, it is new enough, or has not said what it is', () => {
    const silent = { ...machine('one', null), agent: null };
    expect(oldAgentAlerts([machine('one', null)], 'none', now)).toEqual([]);
    expect(oldAgentAlerts([machine('one', null)], '0.2.0', now)).toEqual([]);
    expect(oldAgentAlerts([silent], '0.3.0', now)).toEqual([]);
  });
});

describe('of a pair', () => {
  const second = pair.second && { ...pair.second, agent: { ...agent, version: '2.0.0' } };
  // the first can do what the second cannot
  const both = { ...pair, agent: { ...agent, localAccounts: 1 }, second };
  const idle = (minimum: string): boolean[] =>
    machineViews(both, [], () => false, minimum).map((one) => one.idle);

  it('the machine that can do less is idle', () => {
    expect(idle('none')).toEqual([false, true]);
    expect(idle('1.0.0')).toEqual([false, true]);
  });

  it('no machine is idle for one whose agent is too old to get orders', () => {
    expect(idle('2.0.0')).toEqual([false, false]);
  });
});

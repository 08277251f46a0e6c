import {
  accountsToEnter,
  clockFaultOf,
  isOutdone,
  machinesOf,
  type Account,
  type DistributionPoint,
  type OneMachine,
} from '#domain';
import type { MessageDescriptor } from '#texts';
import type { Plain } from '../../platform/http/plain.js';
import { dpStatus } from '../../engine/distribution-points/dp-status.js';
import { hasOldAgent } from '../../engine/distribution-points/old-agents.js';
import { agentView } from './dp-agent-view.js';
import type { DpMachineDto } from './distribution-point.dto.js';

/**
 * The machines of a DP, each with what keeps it from working.
 *
 * @param minimum the setting `minimumAgentVersion`
 */
export function machineViews(
  dp: DistributionPoint,
  accounts: readonly Account[],
  isLate: (machine: OneMachine) => boolean,
  minimum: string,
): Plain<DpMachineDto>[] {
  const worksNot = (machine: OneMachine): boolean => hasOldAgent(minimum, machine) || isLate(machine);
  return machinesOf(dp).map((machine) => {
    const { keys, state, agent, lastSeen } = machine;
    const toEnter = state === 'enabled' ? accountsToEnter(accounts, machine) : [];
    return {
      id: keys.sealingKeyId,
      keyFingerprint: keys.fingerprint,
      state: dpStatus({ state }),
      agent: agent && agentView(agent),
      lastSeen: lastSeen?.at.toISOString() ?? null,
      address: lastSeen?.address ?? null,
      overdue: isLate(machine),
      clockOff: clockFaultOf(machine)?.off ?? null,
      idle: isOutdone(dp, keys.sealingKeyId, accounts, worksNot),
      accountsToEnter: toEnter.map(({ id, label, tenant }) => ({ id, label, tenant })),
      joinedAt: keys.since.toISOString(),
    };
  });
}

/** A {@link DpAlertDto} that nobody has put into words yet. */
type MachineAlert = { code: string; at: string } & MessageDescriptor;

/** What is wrong with one of two machines, while the other one works. */
export function machineAlerts(machines: readonly Plain<DpMachineDto>[], now: Date): MachineAlert[] {
  if (machines.length < 2) return [];
  const silent = machines.filter(({ overdue }) => overdue);
  const idle = machines.filter((machine) => machine.idle);
  return [
    // nobody needs to be told twice that the DP as a whole is
    ...(silent.length === 1 ? silent : []).map((machine) => ({
      code: 'MACHINE_SILENT',
      at: machine.lastSeen ?? machine.joinedAt,
      key: 'dpAlert.machineSilent' as const,
      params: { machine: nameOf(machine), time: machine.lastSeen ?? machine.joinedAt },
    })),
    ...idle.map((machine) => ({
      code: 'MACHINE_IDLE',
      at: now.toISOString(),
      key: 'dpAlert.machineIdle' as const,
      params: { machine: nameOf(machine) },
    })),
  ];
}

/** Machines whose agent could not bring itself to another version: they go on as they are, and try again by themselves. */
export function updateAlerts(machines: readonly Plain<DpMachineDto>[]): MachineAlert[] {
  return machines.flatMap((machine) => {
    const { update } = machine.agent ?? {};
    if (update?.state !== 'failed') return [];
    const { version, at } = update;
    const what = { version, reason: `${update.code}: ${update.text}` };
    const words: MessageDescriptor =
      machines.length < 2
        ? { key: 'dpAlert.updateFailed', params: what }
        : { key: 'dpAlert.machineUpdateFailed', params: { ...what, machine: nameOf(machine) } };
    return [{ code: 'AGENT_UPDATE_FAILED', at, ...words }];
  });
}

/** Machines whose agent is older than the setting `minimumAgentVersion` asks for: they get no orders. */
export function oldAgentAlerts(
  machines: readonly Plain<DpMachineDto>[],
  minimum: string,
  now: Date,
): MachineAlert[] {
  return machines.flatMap((machine) => {
    if (!machine.agent || !hasOldAgent(minimum, machine)) return [];
    const params = { machine: nameOf(machine), version: machine.agent.version, minimum };
    return [{ code: 'AGENT_TOO_OLD', at: now.toISOString(), key: 'dpAlert.agentTooOld' as const, params }];
  });
}

function nameOf({ agent, keyFingerprint }: Plain<DpMachineDto>): string {
  return agent?.hostname ?? keyFingerprint;
}

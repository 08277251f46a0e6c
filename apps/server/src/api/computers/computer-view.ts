import {
  statesInFolder,
  type Computer,
  type ComputerFolder,
  type ComputerState,
  type ComputerWait,
  type DirectoryId,
  type DpId,
  type FailureCode,
  type ImportRunId,
  type TenantId,
} from '#domain';
import type { ComputerFilter } from '#persistence';
import { type Language, textIn } from '#texts';
import type { ComputerFilterDto } from './computer-query.dto.js';
import type { ComputerClientDto, ComputerDto } from './computer.dto.js';

/** A computer as the API shows it. */
export function computerDto(
  computer: Computer,
  wait: ComputerWait | null,
  now: Date,
  language: Language,
): ComputerDto {
  const { id, tenant, name, hostName, fqdn, address, state, dp, openOrder, inventory, status } = computer;
  return {
    id,
    tenant,
    name,
    hostName,
    fqdn,
    address,
    state,
    dp: { fixed: dp.fixed, assigned: dp.assigned, since: dp.since?.toISOString() ?? null },
    openOrder: openOrder && {
      id: openOrder.id,
      kind: openOrder.kind,
      dp: openOrder.dp,
      release: openOrder.release,
      notBefore: openOrder.notBefore.toISOString(),
      by: openOrder.by,
      note: openOrder.note,
      at: openOrder.at.toISOString(),
    },
    lastOrder: computer.lastOrder,
    lastProbe: computer.lastProbe ? { ...computer.lastProbe, at: computer.lastProbe.at.toISOString() } : null,
    client: clientDto(computer),
    inventory: {
      os: inventory.os,
      version: inventory.version,
      description: inventory.description,
      location: inventory.location,
      ou: inventory.ou,
      enabled: inventory.enabled,
      lastLogon: inventory.lastLogon?.toISOString() ?? null,
    },
    waitsFor: wait && { ...wait, until: wait.until.toISOString() },
    failure: (computer.state === 'install-failed' && computer.failure) || null,
    restartDue: computer.restartDue,
    registerBy: computer.registerBy?.toISOString() ?? null,
    alerts: computer.alerts.map((alert) => ({
      code: alert.code,
      at: alert.at.toISOString(),
      text: textIn(language, alert),
    })),
    status: { at: status.at.toISOString(), age: ageOf(status.at, now), source: status.source },
    createdAt: computer.createdAt.toISOString(),
    revision: computer.revision,
  };
}

function clientDto({ client }: Computer): ComputerClientDto | null {
  return (
    client && {
      version: client.version,
      installedAt: client.installedAt?.toISOString() ?? null,
      registeredAt: client.registeredAt.toISOString(),
      bootId: client.bootId,
      lastContact: client.lastContact.toISOString(),
      location: client.location,
    }
  );
}

/** Whole seconds since; never below zero, whatever another machine's clock says. */
function ageOf(at: Date, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - at.getTime()) / 1000));
}

/** The API's criteria as the repository takes them. */
export function computerFilter(query: ComputerFilterDto): ComputerFilter {
  const inFolder = query.folder === undefined ? undefined : statesInFolder(query.folder as ComputerFolder);
  const state = query.state as ComputerState | undefined;
  const states = state === undefined ? inFolder : (inFolder ?? [state]).filter((one) => one === state);
  return {
    ...(query.tenant !== undefined && { tenant: query.tenant as TenantId }),
    ...(states !== undefined && { states }),
    ...(query.dp !== undefined && { dp: query.dp as DpId }),
    ...(query.fixedDp !== undefined && { fixedDp: query.fixedDp as DpId }),
    ...(query.q !== undefined && query.q !== '' && { q: query.q }),
    ...(query.text !== undefined && query.text !== '' && { text: query.text }),
    ...(query.import !== undefined && { import: query.import as ImportRunId }),
    ...(query.alert !== undefined && { alert: query.alert === 'any' ? (true as const) : query.alert }),
    ...(query.failure !== undefined && { failure: query.failure as FailureCode }),
    ...(query.attention !== undefined && { attention: query.attention }),
    ...(query.os !== undefined && { os: query.os }),
    ...(query.clientVersion !== undefined && { clientVersion: query.clientVersion }),
    ...(query.contactBefore !== undefined && { contactBefore: new Date(query.contactBefore) }),
    ...(query.directory !== undefined && { directory: query.directory as DirectoryId }),
    ...(query.ou !== undefined && { ou: query.ou }),
  };
}

import { lookup } from 'node:dns/promises';
import type { WireOrder } from '#contract';
import type { AccountGuard } from '../../accounts/account-guard.js';
import { AccountTurns, type Login, type UsableCandidate } from '../account-turns.js';
import type { Candidate } from '../../accounts/credential-store.js';
import type { Method, TriedAccount } from '../../computer/method.js';
import { connectFailed, reachPort, reachTimeout } from '../../computer/reach.js';
import type { RemoteComputer } from '../../computer/remote-computer.js';
import type { OpenDoor } from '../../computer/windows/door.js';
import { WindowsComputer } from '../../computer/windows/windows-computer.js';
import { type SambaFiles, writeSambaFiles } from './samba-files.js';
import { type LoginRules, loginFor, type SambaTarget } from './samba-login.js';
import { checkSambaPrograms } from './samba-process.js';
import { SmbClient } from './smb-client.js';
import { type InTurn, SmbDoor } from './smb-door.js';

/** Where Windows takes SMB; there is no other. */
const SMB_PORT = 445;

export interface SmbSettings extends LoginRules {
  /** Seconds until an address that does not answer counts as off. */
  readonly connectTimeout: number;
  /** Seconds for a login once the computer has answered. */
  readonly loginTimeout: number;
  /** Seconds to try to get back to a computer whose connection broke. */
  readonly reconnectSeconds: number;
}

/** Installs on Windows computers over their share ADMIN$ and their service manager (docs/windows.md). */
export class SmbMethod implements Method {
  readonly kind = 'smb';
  readonly reconnectFor: number;
  private readonly turns: AccountTurns;
  private files: Promise<SambaFiles> | null = null;

  /** @param folder of the state folder, for Samba's settings */
  constructor(
    private readonly folder: string,
    private readonly settings: SmbSettings,
    guard: AccountGuard,
    private readonly now: () => number,
  ) {
    this.turns = new AccountTurns(guard);
    this.reconnectFor = settings.reconnectSeconds;
  }

  async reach(order: WireOrder, signal: AbortSignal): Promise<void> {
    await checkSambaPrograms();
    const { host } = await targetOf(order);
    await reachPort(host, SMB_PORT, reachTimeout(order, this.settings.connectTimeout), signal);
  }

  async open(
    order: WireOrder,
    candidates: readonly Candidate[],
    tried: TriedAccount[],
    signal: AbortSignal,
  ): Promise<RemoteComputer> {
    this.files ??= writeSambaFiles(this.folder, this.settings.domains).catch((error: unknown) => {
      this.files = null;
      throw error;
    });
    const files = await this.files;
    const target = await targetOf(order);
    const login: Login<OpenDoor> = {
      as: (candidate) => this.enter(order, target, files, candidate, tried, login),
      lost,
      discard: ({ door }) => door.close(),
    };
    const opened = await this.turns.first(candidates, tried, signal, login);
    return new WindowsComputer(opened, order, this.now);
  }

  /** One account's way in: a login to ADMIN$, where only administrators are let in. */
  private async enter(
    order: WireOrder,
    target: SambaTarget,
    files: SambaFiles,
    candidate: UsableCandidate,
    tried: TriedAccount[],
    login: Login<OpenDoor>,
  ): Promise<OpenDoor> {
    const { secret } = candidate;
    const samba = loginFor(secret, order, target, this.settings);
    const client = await SmbClient.open(samba, 'ADMIN$', files, this.settings.loginTimeout);
    // services and access rights are the affair of other programs, each of which logs in by itself
    const inTurn: InTurn = (work) =>
      this.turns.again(candidate, tried, { as: work, lost: null, discard: () => undefined });
    return {
      door: new SmbDoor(client, samba, files, inTurn),
      secret,
      facts: { login: samba.kerberos ? 'kerberos' : 'ntlm' },
      reopen: () => this.turns.again(candidate, tried, login),
    };
  }
}

/** The computer's full DNS name, if that is found here; else what the order has instead. */
async function targetOf({ computer }: WireOrder): Promise<SambaTarget> {
  const { fqdn, address, name } = computer;
  if (fqdn !== null && (address === null || (await isFound(fqdn)))) return { host: fqdn, isFqdn: true };
  return { host: address ?? name, isFqdn: false };
}

async function isFound(name: string): Promise<boolean> {
  return lookup(name).then(
    () => true,
    () => false,
  );
}

/** It had answered: what breaks off during a login then is no missing computer. */
function lost(why: string) {
  return connectFailed('ETIMEDOUT', why);
}

import { lookup } from 'node:dns/promises';
import type { WireOrder } from '#contract';
import type { AccountGuard } from '../../accounts/account-guard.js';
import { AccountTurns, type Login, type UsableCandidate } from '../account-turns.js';
import type { Candidate } from '../../accounts/credential-store.js';
import { StepFailed } from '../../failures/failure.js';
import type { Method, TriedAccount } from '../../computer/method.js';
import { connectFailed, hostNameOf, reachPort, reachTimeout } from '../../computer/reach.js';
import type { RemoteComputer } from '../../computer/remote-computer.js';
import type { OpenDoor } from '../../computer/windows/door.js';
import { WindowsComputer } from '../../computer/windows/windows-computer.js';
import { type SambaFiles, writeSambaFiles } from './samba-files.js';
import { type LoginRules, loginFor, type SambaLogin, type SambaTarget } from './samba-login.js';
import { checkSambaPrograms } from './samba-process.js';
import { clockOfComputer } from './smb-clock.js';
import { SmbClient } from './smb-client.js';
import { type InTurn, SmbDoor } from './smb-door.js';

/** Where Windows takes SMB; there is no other. */
const SMB_PORT = 445;
/** Minutes that clocks may differ by for Kerberos, as every domain has it unless somebody changed it. */
const MOST_SKEW = 5;

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
    const client = await SmbClient.open(samba, 'ADMIN$', files, this.settings.loginTimeout).catch(
      async (error: unknown) => {
        throw await whyRefused(error, samba, this.now);
      },
    );
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

/**
 * What a refused login means. Samba's programs say of clocks that differ what they say of a wrong password; so the computer is asked for
 * its clock before the account is blamed.
 */
async function whyRefused(error: unknown, login: SambaLogin, now: () => number): Promise<unknown> {
  if (!login.kerberos || !(error instanceof StepFailed) || error.code !== 'AUTH_FAILED') return error;
  const clock = await clockOfComputer(login.host);
  const minutes = clock === null ? 0 : Math.round((clock - now()) / 60_000);
  if (Math.abs(minutes) < MOST_SKEW) return error;
  const text = `the computer's clock is ${Math.abs(minutes)} minutes ${minutes > 0 ? 'ahead of' : 'behind'} this DP's`;
  return new StepFailed('auth', 'CLOCK_SKEW', { system: 'dp', code: 'CLOCK', text });
}

/** The computer's full DNS name, if that is found here; else what the order has instead. */
async function targetOf(order: WireOrder): Promise<SambaTarget> {
  const { fqdn, address } = order.computer;
  if (fqdn !== null && (address === null || (await isFound(fqdn)))) return { host: fqdn, isFqdn: true };
  return { host: address ?? hostNameOf(order), isFqdn: false };
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

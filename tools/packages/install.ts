import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { findCommand } from '../peers/background.ts';
import {
  AptProgress,
  INSTALL,
  PackageFault,
  type PackageWork,
  aptGet,
  checkStopped,
  describePlan,
  planOf,
  reasonOf,
  updateLists,
} from './apt.ts';
import type { DebianPackage } from './list.ts';
import { inTurn } from './lock.ts';
import { withProgress } from './progress.ts';
import { run } from './run.ts';

const POLICY = '/usr/sbin/policy-rc.d';
/** Marks our file, so that one that a killed run left behind is known as ours and removed. */
const POLICY_TEXT =
  '#!/bin/sh\n# Relaypoint, while it installs packages: their services are not started\nexit 101\n';
/** Names who of this machine installs: of two at once the first would let the second start services. */
const LOCK = '/run/relaypoint-packages.pid';
/** Somebody else may be installing; and a changed configuration file of the administrator's stays as it is. */
const OPTIONS = [
  '-oDPkg::Lock::Timeout=300',
  '-oDpkg::Use-Pty=0',
  '-oDpkg::Options::=--force-confdef',
  '-oDpkg::Options::=--force-confold',
];

/**
 * Installs packages by apt-get, as root. Their services are neither started nor enabled: Relaypoint runs its own.
 * Nothing is removed, and an installation that was cut off before is finished first.
 *
 * @returns the wanted packages that this system's sources do not have
 * @throws PackageFault
 */
export function installPackages(
  wanted: readonly DebianPackage[],
  work: PackageWork,
): Promise<readonly string[]> {
  return inTurn(LOCK, work, () => install(wanted, work));
}

/** What a run that was killed has left: with it, no package that is installed later would start its service. */
export function forgetPolicy(): void {
  if (existsSync(POLICY) && readFileSync(POLICY, 'utf8') === POLICY_TEXT) rmSync(POLICY, { force: true });
}

async function install(wanted: readonly DebianPackage[], work: PackageWork): Promise<readonly string[]> {
  const { say, signal } = work;
  await finishEarlierInstallation(work);
  const oldLists = await updateLists(OPTIONS, work);
  const names = wanted.map(({ name }) => name);
  const plan = await planOf(OPTIONS, names, oldLists);
  checkStopped(work, 'before anything was installed');
  if (plan.packages.length > 0) {
    say(`installing ${describePlan(wanted, plan)}; their services are not started`);
    const progress = new AptProgress();
    const available = names.filter((name) => !plan.unavailable.includes(name));
    try {
      const installed = await withoutServices(() =>
        withProgress(say, progress.state, () =>
          // apt alone is told to end: dpkg, cut off in the middle of a package, would leave it broken
          aptGet(OPTIONS, [...INSTALL, '-q', ...available], {
            signal,
            signalAlone: true,
            status: progress.take,
          }),
        ),
      );
      checkStopped(work, 'while packages were installed');
      if (installed.code !== 0) throw new PackageFault(`apt-get install failed: ${reasonOf(installed)}`);
    } finally {
      await disableServices(plan.packages.filter(({ isUpgrade }) => !isUpgrade).map(({ name }) => name));
    }
    say(`installed in ${progress.seconds} s`);
  }
  return plan.unavailable;
}

async function finishEarlierInstallation({ say, signal }: PackageWork): Promise<void> {
  if ((await run('dpkg', ['--audit'])).stdout.trim() === '') return;
  say('an earlier installation of packages was cut off: finishing it (dpkg --configure -a)');
  const finished = await withoutServices(() =>
    withProgress(
      say,
      () => 'configuring',
      () => run('dpkg', ['--configure', '-a'], { signal, signalAlone: true }),
    ),
  );
  if (finished.code !== 0) say(`that failed: ${reasonOf(finished)}`);
}

/** Debian starts a service when its package is installed, unless policy-rc.d says no (invoke-rc.d(8)). */
async function withoutServices<T>(work: () => Promise<T>): Promise<T> {
  const foreign = existsSync(POLICY) && readFileSync(POLICY, 'utf8') !== POLICY_TEXT;
  if (!foreign) writeFileSync(POLICY, POLICY_TEXT, { mode: 0o755 });
  try {
    return await work();
  } finally {
    if (!foreign) rmSync(POLICY, { force: true });
  }
}

/** Debian enables what it installs anew, and the next boot would start it. */
async function disableServices(names: readonly string[]): Promise<void> {
  if (names.length === 0 || findCommand('systemctl') === undefined) return;
  const { stdout } = await run('dpkg-query', ['-L', ...names]);
  const units = stdout
    .split('\n')
    .filter((path) => /\/systemd\/system\/[^/@]+\.(?:service|socket)$/.test(path))
    .map((path) => basename(path));
  // one that cannot be disabled (masked, static) is none that starts at boot
  if (units.length > 0) await run('systemctl', ['disable', '--quiet', ...new Set(units)]);
}

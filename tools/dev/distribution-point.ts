import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { AdminApi } from './admin-api.ts';

/** The DP agent's program, below the project's root. */
export const AGENT = join('dist', 'apps', 'dp-agent', 'src', 'main.js');

interface DistributionPoint {
  readonly id: string;
  readonly state: string;
  readonly keyFingerprint: string | null;
}

/**
 * Lets an agent join as the DP, compares the fingerprint that the agent shows with the one that the server got, and
 * enables the DP: what an administrator does by hand for a DP of a site. Done already: nothing happens.
 *
 * `state` is the agent's folder; it appears complete or not at all, so that an interrupted join is made again. One whose
 * keys the server does not know belongs to another database: it is put aside, never thrown away.
 *
 * @returns `stranger`: there was such a one
 */
export async function joinAndEnable(options: {
  readonly api: AdminApi;
  readonly root: string;
  readonly dp: string;
  readonly state: string;
  /** The agent's config.yaml, where it is to have one. */
  readonly config?: string;
}): Promise<{ stranger: boolean }> {
  const { api, root, dp, state } = options;
  const path = `/distribution-points/${dp}`;
  const stranger = existsSync(state) && !(await isKnown(api, path, state));
  if (stranger) renameSync(state, `${state}.of-another-database-${Date.now()}`);
  if (!existsSync(state)) {
    const joining = `${state}.joining`;
    rmSync(joining, { recursive: true, force: true });
    mkdirSync(dirname(state), { recursive: true });
    mkdirSync(joining, { mode: 0o700 });
    if (options.config !== undefined)
      writeFileSync(join(joining, 'config.yaml'), options.config, { mode: 0o600 });
    const { joinCommand } = await api.post<{ joinCommand: string }>(`${path}/join-token`);
    const words = joinCommand.split(' ');
    const args = words.slice(words.indexOf('join'));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      join(root, AGENT),
      ...args,
      '--state',
      joining,
    ]);
    const { keyFingerprint } = await api.get<DistributionPoint>(path);
    if (keyFingerprint === null || !`${stdout}${stderr}`.includes(keyFingerprint)) {
      throw new Error(
        `DP ${dp}: the server has the fingerprint ${keyFingerprint}, the agent says: ${stdout}${stderr}`,
      );
    }
    await api.post(`${path}/enable`, { keyFingerprint });
    renameSync(joining, state);
  }
  return { stranger };
}

/** Whether the server knows the keys of an agent's folder. */
async function isKnown(api: AdminApi, path: string, state: string): Promise<boolean> {
  const enrolment = JSON.parse(readFileSync(join(state, 'identity.json'), 'utf8')) as {
    keyFingerprint: string;
  };
  const there = await api.find<DistributionPoint>(path);
  return there?.keyFingerprint === enrolment.keyFingerprint;
}

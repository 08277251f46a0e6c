// npm run test:windows-kills [-- --runs N]: the DP agent is killed N times (20) in each phase of a push to a Windows computer, and
// at moments in between; each order must end once. `npm test` does each of it once.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { packagesFor } from './packages/list.ts';
import { providePackages } from './packages/provide.ts';

const ROOT = dirname(import.meta.dirname);
const { values } = parseArgs({ options: { runs: { type: 'string', default: '20' } } });
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs is a number from 1 on, not ${values.runs}`);
if (process.getuid?.() !== 0)
  throw new Error('Windows computers need namespaces and ports that only root may have');

const say = (line: string): void => console.log(line);
await providePackages(packagesFor('test', 'root'), { folder: join(ROOT, '.artifacts', 'packages'), say });
const pattern = 'apps/dp-agent/src/methods/smb/smb-interruptions';
const which = ['--testNamePattern', 'when the agent is killed', pattern];
const child = spawn('jest', ['--runInBand', '--config', join(ROOT, 'jest.config.mjs'), ...which], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, RELAYPOINT_TEST_KILL_RUNS: `${runs}` },
});
child.once('exit', (code) => (process.exitCode = code ?? 1));

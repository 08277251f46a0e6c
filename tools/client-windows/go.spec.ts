import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registrationVector } from '../testing/windows-registration.js';
import { findGo, goEnvironment } from './programs.js';

// What of the Windows client can be tried without Windows: its Go tests, among them the opening of a registration that
// this project's own libs/sealing has sealed just now.

const SOURCES = join(__dirname, '../../client/windows');
const found = findGo();
const missing = 'missing' in found ? found.missing : undefined;
const go = 'go' in found ? found.go : 'go';
if (missing !== undefined)
  console.log(`the Go tests of the Windows client are skipped, this machine lacks ${missing}`);

const describeWithGo: jest.Describe = missing === undefined ? describe : describe.skip;

let work: string;
beforeAll(() => (work = mkdtempSync(join(tmpdir(), 'client-go-'))));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function runGo(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(
      go,
      args,
      { cwd: SOURCES, env: { ...goEnvironment(), CGO_ENABLED: '0', ...env } },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, output: `${stdout}${stderr}` });
      },
    );
  });
}

describeWithGo('the Go tests of the Windows client', () => {
  it('pass, with a registration sealed now', async () => {
    const vector = join(work, 'registration.json');
    writeFileSync(vector, JSON.stringify(registrationVector(randomBytes(32))));
    const { code, output } = await runGo(['test', './internal/...'], {
      RELAYPOINT_SEALED_REGISTRATION: vector,
    });
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/^ok\s+\S+\/internal\/contract\s/m);
    expect(output).toMatch(/^ok\s+\S+\/internal\/api\s/m);
    expect(output).toMatch(/^ok\s+\S+\/internal\/files\s/m);
    expect(output).toMatch(/^ok\s+\S+\/internal\/schedule\s/m);
  });

  it('fail on a registration that was sealed to another key', async () => {
    const vector = join(work, 'other.json');
    const { sealed } = registrationVector(randomBytes(32));
    writeFileSync(vector, JSON.stringify({ ...registrationVector(randomBytes(32)), sealed }));
    const { code, output } = await runGo(['test', '-run', 'Opens', './internal/contract'], {
      RELAYPOINT_SEALED_REGISTRATION: vector,
    });
    expect(code).not.toBe(0);
    expect(output).toContain('does not open');
  });

  it('find nothing to object to in the sources, for Linux and for Windows', async () => {
    expect(await runGo(['vet', './...'])).toMatchObject({ code: 0 });
    expect(await runGo(['vet', './...'], { GOOS: 'windows', GOARCH: 'amd64' })).toMatchObject({ code: 0 });
    expect(await runGo(['vet', '-tags', 'setup', './internal/contract'])).toMatchObject({ code: 0 });
    const gofmt = join(goRoot(await runGo(['env', 'GOROOT'])), 'bin', 'gofmt');
    const unformatted = await new Promise<string>((resolve) =>
      execFile(gofmt, ['-l', '.'], { cwd: SOURCES }, (_error, stdout) => resolve(stdout)),
    );
    expect(existsSync(gofmt)).toBe(true);
    expect(unformatted).toBe('');
  });
});

it('the upgrade code of the MSI is the one that the program looks for', () => {
  const wxs = readFileSync(join(SOURCES, 'client.wxs'), 'utf8');
  const program = readFileSync(join(SOURCES, 'internal/installed/installed.go'), 'utf8');
  const [, code = ''] = /UpgradeCode="([^"]+)"/.exec(wxs) ?? [];
  expect(code).toMatch(/^[0-9A-F-]{36}$/);
  expect(program).toContain(`const UpgradeCode = "{${code}}"`);
  expect(wxs.match(new RegExp(code, 'g'))).toHaveLength(2);
});

const goRoot = ({ output }: { output: string }): string => output.trim();

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

// Functions of dp.sh as they are, in a folder of their own; e2e/dp-line.e2e-spec.ts runs the whole of it.

let folder: string;

/** In the place of a program of the machine. */
function program(name: string, does: string): void {
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${does}\n`);
  chmodSync(join(folder, 'bin', name), 0o755);
}

/** Runs a line with the functions of the script; what it printed. */
function sh(line: string): string {
  const functions = readFileSync(resolve('apps/dp-agent/install/dp.sh'), 'utf8').replace(/^main "\$@"$/m, '');
  const places = `home=${folder}/opt link=${folder}/link unit=${folder}/unit state=${folder}/state work=${folder}/work`;
  const env = { ...process.env, PATH: `${folder}/bin:${process.env['PATH'] ?? ''}` };
  return execFileSync('sh', ['-c', `${functions}\n${places}\n${line}`], { encoding: 'utf8', env });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dp-sh-'));
  for (const name of ['bin', 'opt/current/bin', 'opt/versions/0.3.0', 'state', 'work'])
    mkdirSync(join(folder, name), { recursive: true });
  for (const name of ['systemctl', 'dpkg']) program(name, 'exit 1');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the install script of the agent', () => {
  it.each([
    ['has it', '0.3.0 install ok installed', 'yes'],
    ['has removed it', '0.3.0 deinstall ok config-files', 'no'],
    ['has another one', '0.2.0 install ok installed', 'no'],
  ])('takes a package for installed only when dpkg %s', (_, says, answer) => {
    program('dpkg-query', `echo '${says}'`);
    const asked = 'is_dpkgs && echo yes || echo no';
    expect(sh(`kind=deb version=0.3.0; ${asked}`).trim()).toBe(answer);
    expect(sh(`kind=tar version=0.3.0; ${asked}`).trim()).toBe('yes');
  });

  it('writes into the state folder as its user only', () => {
    writeFileSync(join(folder, 'ca.pem'), 'the CA\n');
    const joining = `as_user() { echo "$1 $2" >> ${folder}/asked; case $1 in tee) cat > ${folder}/given ;; esac; }
      token=t gateway=g server_key=k ca_file=${folder}/ca.pem; join`;
    writeFileSync(join(folder, 'theirs'), 'untouched');
    symlinkSync(join(folder, 'theirs'), join(folder, 'state/gateway-ca.pem'));
    sh(joining);
    expect(readFileSync(join(folder, 'theirs'), 'utf8')).toBe('untouched');
    expect(readFileSync(join(folder, 'given'), 'utf8')).toBe('the CA\n');
    expect(readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n')).toEqual([
      `tee ${folder}/state/gateway-ca.pem`,
      `${folder}/opt/current/bin/relaypoint-dp join`,
    ]);
  });

  it('takes what the agent has fetched away with the program, and follows no link', () => {
    mkdirSync(join(folder, 'state/versions/0.3.0'), { recursive: true });
    writeFileSync(join(folder, 'state/identity.json'), '{}');
    sh('take_away');
    expect(existsSync(join(folder, 'state/versions'))).toBe(false);
    expect(existsSync(join(folder, 'state/identity.json'))).toBe(true);
    mkdirSync(join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'state/versions'));
    writeFileSync(join(folder, 'elsewhere/file'), '');
    sh('take_away');
    expect(existsSync(join(folder, 'state/versions'))).toBe(false);
    expect(existsSync(join(folder, 'elsewhere/file'))).toBe(true);
  });
});

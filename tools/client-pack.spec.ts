import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// The client itself, unpacked from a packed release and run below a folder, against a real HTTP server.

interface Call {
  path: string;
  authorization: string | undefined;
  body: Record<string, unknown>;
}

let work: string;
let release: string;
let server: Server;
let base: string;
let calls: Call[];
/** Answers still to be given before the good ones. */
let refusals: { status: number; body: object }[];

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'client-'));
  const [archive = ''] = pack(join(work, 'a')).split(' ');
  release = join(work, 'release');
  mkdirSync(release);
  execFileSync('tar', ['-xzf', archive, '-C', release]);
});
afterAll(() => rmSync(work, { recursive: true }));

beforeEach(async () => {
  calls = [];
  refusals = [];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const body = JSON.parse(text) as Record<string, unknown>;
      calls.push({ path: request.url ?? '', authorization: request.headers.authorization, body });
      const refusal = refusals.shift();
      const good = request.url?.endsWith('/register')
        ? {
            status: 201,
            body: { computer: 'c1', secret: 'c1.se-cret_0123456789abcdef', contactAfter: 3600, dp: null },
          }
        : { status: 200, body: { state: 'ready', dp: 'berlin', server: 'http://s', contactAfter: 3600 } };
      const { status, body: answer } = refusal ?? good;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer, null, 1));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/client/v1`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

function pack(out: string, ...more: string[]): string {
  return execFileSync(process.execPath, ['tools/client-pack.mjs', '--out', out, ...more], {
    encoding: 'utf8',
  }).trim();
}

/** A folder that stands for a computer. */
function computer(name = 'pc-1.corp.test'): string {
  const root = mkdtempSync(join(work, 'pc-'));
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/hostname'), `${name}\n`);
  return root;
}

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}
function run(root: string, program: string, args: string[], input = ''): Promise<Ran> {
  return new Promise((resolve) => {
    const env = { ...process.env, RELAYPOINT_ROOT: root };
    const child = execFile(program, args, { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}
const install = (root: string, input = registration(), ...args: string[]) =>
  run(root, join(release, 'install.sh'), args, input);
const client = (root: string, ...args: string[]) =>
  run(root, join(root, 'opt/relaypoint-client/bin/relaypoint-client'), args);
const registration = () => `url=${base}/register\ntoken=o1.tok-en_0123456789abcdef\n`;
const boot = (root: string, id: string) => writeFileSync(join(root, 'boot_id'), `${id}\n`);

async function registered(root: string): Promise<void> {
  // the background registration may still be under way; this one waits for it or does it
  const { code } = await client(root, 'register');
  expect(code).toBe(0);
  expect(existsSync(join(root, 'etc/relaypoint-client/secret'))).toBe(true);
}

describe('a packed client release', () => {
  it('has the same bytes each time, and others for another version', () => {
    const digest = (line: string) => line.split(' ').at(-1);
    const first = digest(pack(join(work, 'a')));
    expect(digest(pack(join(work, 'b')))).toBe(first);
    expect(digest(pack(join(work, 'c'), '--version', '9.9.9'))).not.toBe(first);
  });

  it('installs, registers by itself, waits for the restart and is ready after it', async () => {
    const root = computer();
    boot(root, 'boot-1');
    expect(await install(root)).toMatchObject({ code: 194 });
    await registered(root);
    expect(calls[0]).toMatchObject({
      path: '/client/v1/register',
      body: {
        token: 'o1.tok-en_0123456789abcdef',
        name: 'pc-1',
        fqdn: 'pc-1.corp.test',
        version: readFileSync('client/posix/VERSION', 'utf8').trim(),
        bootId: 'boot-1',
        restartRequired: true,
        location: { dnsSuffix: 'corp.test', adSite: null },
      },
    });
    expect(calls.filter((call) => call.path.endsWith('/register'))).toHaveLength(1);
    expect(existsSync(join(root, 'etc/relaypoint-client/registration'))).toBe(false);
    expect(statSync(join(root, 'etc/relaypoint-client/secret')).mode & 0o777).toBe(0o600);

    boot(root, 'boot-2');
    expect(await client(root, 'contact')).toMatchObject({ code: 0 });
    expect(calls.at(-1)).toMatchObject({
      path: '/client/v1/contact',
      authorization: 'Bearer c1.se-cret_0123456789abcdef',
      body: { bootId: 'boot-2', restartRequired: false },
    });
    const status = await client(root, 'status');
    expect(status.stdout).toContain('state=ready\ndp=berlin\n');
    expect(status.stdout).not.toContain('se-cret');
  });

  it('installed a second time changes nothing', async () => {
    const root = computer();
    boot(root, 'boot-1');
    await install(root);
    await registered(root);
    expect(await install(root, '')).toMatchObject({ code: 194 });
    boot(root, 'boot-2');
    const again = await install(root, '');
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain('installed already');
    expect(calls.filter((call) => call.path.endsWith('/register'))).toHaveLength(1);
  });

  it('makes a boot id of its own and can be told that no restart is needed', async () => {
    const root = computer();
    expect(await install(root, registration(), '--no-restart')).toMatchObject({ code: 0 });
    await registered(root);
    expect(calls[0]?.body).toMatchObject({ restartRequired: false });
    expect(calls[0]?.body['bootId']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('tries the registration again until it is answered', async () => {
    refusals = [
      { status: 503, body: {} },
      { status: 502, body: {} },
    ];
    const root = computer();
    await install(root);
    let last: Ran = { code: 1, stdout: '', stderr: '' };
    for (let n = 0; n < 5 && last.code !== 0; n++) last = await client(root, 'contact');
    expect(last.code).toBe(0);
    expect(existsSync(join(root, 'etc/relaypoint-client/secret'))).toBe(true);
  });

  it('stops when the registration is refused, and says so', async () => {
    refusals = Array.from({ length: 3 }, () => ({ status: 409, body: { code: 'REGISTER_MISMATCH' } }));
    const root = computer();
    await install(root);
    expect(await client(root, 'register')).toMatchObject({ code: 2 });
    expect((await client(root, 'status')).stdout).toContain('refused=409 REGISTER_MISMATCH');
  });

  it('takes the registration from a file of its owner alone', async () => {
    const root = computer();
    const file = join(root, 'registration');
    writeFileSync(file, registration(), { mode: 0o644 });
    expect(await install(root, '', '--registration', file)).toMatchObject({ code: 65 });
    chmodSync(file, 0o600);
    expect(await install(root, '', '--registration', file)).toMatchObject({ code: 194 });
    await registered(root);
  });

  it.each([
    ['nothing', ''],
    ['a token alone', 'token=abc\n'],
    ['no web address', 'url=file:///etc/passwd\ntoken=abc\n'],
    ['a second curl setting', 'url=http://x/register"\ntoken=abc\n'],
  ])('refuses a registration of %s before it changes anything', async (_, input) => {
    const root = computer();
    expect(await install(root, input)).toMatchObject({ code: 65 });
    expect(existsSync(join(root, 'opt'))).toBe(false);
  });

  it('sends odd names as sound JSON', async () => {
    const root = computer('pc-"1\\\tü');
    await install(root);
    await registered(root);
    expect(calls[0]?.body).toMatchObject({ name: 'pc-"1\\' });
  });

  it('never shows its secrets in the list of processes', async () => {
    const root = computer();
    await install(root);
    await registered(root);
    const sources = ['install.sh', 'relaypoint-client'].map((name) =>
      readFileSync(join(release, name), 'utf8'),
    );
    for (const source of sources)
      expect(source).not.toMatch(/curl[^\n]*\$(?:token|secret|\(first_line "\$etc\/secret)/);
    // a slow server keeps curl there long enough to be looked at
    server.removeAllListeners('request');
    const seen = new Promise<string>((resolve) => {
      server.once('request', (_request, response) => {
        resolve(execFileSync('ps', ['axww', '-o', 'args', 'e'], { encoding: 'utf8' }));
        response.writeHead(200).end('{"state":"ready"}');
      });
    });
    const contact = client(root, 'contact');
    const list = await seen;
    await contact;
    expect(list).toContain('/client/v1/contact');
    expect(list).not.toContain('se-cret_0123456789abcdef');
  });

  it('leaves nothing behind when it is removed', async () => {
    const root = computer();
    await install(root);
    await registered(root);
    expect(await client(root, 'uninstall')).toMatchObject({ code: 0 });
    for (const path of ['opt/relaypoint-client', 'etc/relaypoint-client', 'var/lib/relaypoint-client']) {
      expect(existsSync(join(root, path))).toBe(false);
    }
  });
});

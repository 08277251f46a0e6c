import { orderFor } from '../../../testing/agent.js';
import { TestGateway } from '../../../testing/gateway.js';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { ConnectionLost, StepFailed } from '../../failures/failure.js';
import type { Entry, ServiceState, StartAnswer, WindowsDoor } from './door.js';
import { WindowsComputer } from './windows-computer.js';

const gateway = new TestGateway();
beforeAll(() => gateway.start());
afterAll(() => gateway.stop());

/** Files and services as a computer has them, in memory: for moments that no real one can be caught in. */
class MemoryDoor implements WindowsDoor {
  readonly system = 'memory';
  readonly files = new Map<string, string>();
  readonly services = new Map<string, ServiceState>();
  readonly started: string[] = [];
  /** What the next looks at services meet with. */
  refusal: Error | null = null;
  onCreate: () => Promise<void> = () => Promise.resolve();
  onStart: () => void = () => undefined;

  list(mask: string): Promise<Entry[]> {
    const pattern = new RegExp(`^${mask.replaceAll(/[\\.]/g, '\\$&').replaceAll('*', '[^\\\\]*')}$`, 'i');
    const names = new Set<string>();
    for (const path of this.files.keys()) {
      const parts = path.split('\\');
      for (let depth = 1; depth <= parts.length; depth += 1) {
        if (pattern.test(parts.slice(0, depth).join('\\'))) names.add(parts[depth - 1] ?? '');
      }
    }
    return Promise.resolve([...names].map((name) => ({ name, isFolder: !name.includes('.'), size: 1 })));
  }
  freeKiB = () => Promise.resolve(null);
  makeFolder = () => Promise.resolve();
  protect = () => Promise.resolve();
  put(path: string, content: Buffer | { readonly file: string }): Promise<void> {
    this.files.set(path, Buffer.isBuffer(content) ? content.toString() : 'setup');
    return Promise.resolve();
  }
  get(path: string): Promise<Buffer | null> {
    const text = this.files.get(path);
    return Promise.resolve(text === undefined || text === 'held' ? null : Buffer.from(text));
  }
  getFromDrive = () => Promise.resolve(Buffer.from('1.0.0'));
  rename(from: string, to: string): Promise<boolean> {
    for (const [path, text] of [...this.files].filter(([name]) => name.startsWith(`${from}\\`))) {
      this.files.delete(path);
      this.files.set(to + path.slice(from.length), text);
    }
    return Promise.resolve(true);
  }
  remove(path: string): Promise<void> {
    for (const name of this.files.keys())
      if (name === path || name.startsWith(`${path}\\`)) this.files.delete(name);
    return Promise.resolve();
  }
  async createService(name: string): Promise<boolean> {
    await this.onCreate();
    this.services.set(name, 'stopped');
    return true;
  }
  startService(name: string): Promise<StartAnswer> {
    this.started.push(name);
    this.services.set(name, 'running');
    this.onStart();
    return Promise.resolve({ ok: true });
  }
  stopService(name: string): Promise<void> {
    if (this.services.has(name)) this.services.set(name, 'stopped');
    return Promise.resolve();
  }
  serviceState(name: string): Promise<ServiceState> {
    return this.refusal ? Promise.reject(this.refusal) : Promise.resolve(this.services.get(name) ?? 'absent');
  }
  deleteService(name: string): Promise<void> {
    this.services.delete(name);
    return Promise.resolve();
  }
  close(): void {}
}

const RESULT = JSON.stringify({ v: 1, outcome: 'exit', code: 0 });

function stage(attempt = 1) {
  const door = new MemoryDoor();
  const order = { ...orderFor(gateway), attempt };
  const folder = (number: number) => `Relaypoint\\RelaypointPush-${order.order}-${number}`;
  const secret = { username: 'u', password: 'p' };
  let opened = 0;
  const open = async () => {
    opened += 1;
    return Promise.resolve({ door, secret, facts: {}, reopen: open });
  };
  const computer = new WindowsComputer({ door, secret, facts: {}, reopen: open }, order, () => Date.now());
  return { door, order, folder, computer, opened: () => opened };
}

it('cleans up after its own attempts alone: a later one may be another DP’s', async () => {
  const { door, order, folder, computer } = stage(1);
  door.files.set(`${folder(1)}\\result.json`, RESULT);
  door.files.set(`${folder(1)}\\setup.exe`, 'setup');
  door.files.set(`${folder(2)}\\setup.exe`, 'setup');
  door.files.set(`${folder(3)}.new\\order.json`, '{}');
  door.services.set(`RelaypointPush-${order.order}-2`, 'running');
  await computer.clean();
  expect([...door.files.keys()].sort()).toEqual([
    `${folder(1)}\\result.json`,
    `${folder(2)}\\setup.exe`,
    `${folder(3)}.new\\order.json`,
  ]);
  expect(door.services.get(`RelaypointPush-${order.order}-2`)).toBe('running');
});

it('starts nothing any more once it was asked to end', async () => {
  const { door, folder, computer } = stage();
  door.files.set(`${folder(1)}.new\\order.json`, '{}');
  let go = (): void => undefined;
  door.onCreate = () => new Promise((resolve) => (go = resolve));
  const starting = computer.start();
  await eventually(async () => expect((await door.list(folder(1))).length).toBe(1));
  const ending = computer.end(1);
  go();
  await Promise.all([starting, ending]);
  expect(door.started).toEqual([]);
  expect([...door.services.keys()]).toEqual([]);
});

it('goes on waiting for a run when another login is refused meanwhile, and hears its end', async () => {
  const { door, order, folder, computer } = stage();
  door.files.set(`${folder(1)}\\started`, '{}');
  door.services.set(`RelaypointPush-${order.order}-1`, 'running');
  door.refusal = new StepFailed('auth', 'AUTH_FAILED', null);
  expect(await computer.wait(1, 0.01)).toMatchObject({ state: { is: 'running' } });
  door.files.set(`${folder(1)}\\result.json`, RESULT);
  expect(await computer.wait(1, 1)).toMatchObject({ state: { is: 'ended', code: 0 } });
});

it('calls no run dead whose result is there and cannot be read yet', async () => {
  const { door, folder, computer } = stage();
  door.files.set(`${folder(1)}\\started`, '{}');
  door.files.set(`${folder(1)}\\result.json`, 'held');
  expect(await computer.wait(1, 0)).toMatchObject({ state: { is: 'running' } });
  door.files.set(`${folder(1)}\\result.json`, RESULT);
  expect(await computer.wait(1, 0)).toMatchObject({ state: { is: 'ended' } });
});

it('calls a run dead that has said a word, runs no more and left no result', async () => {
  const { door, folder, computer } = stage();
  door.files.set(`${folder(1)}\\started`, '{}');
  expect(await computer.wait(1, 0)).toMatchObject({ state: { is: 'dead' } });
});

it('lets a broken connection through: whether it runs is not known then', async () => {
  const { door, folder, computer } = stage();
  door.files.set(`${folder(1)}\\started`, '{}');
  door.refusal = new ConnectionLost('gone', 'memory');
  await expect(computer.wait(1, 1)).rejects.toBeInstanceOf(ConnectionLost);
});

it('gets back by one login, however many ask for it at the same time', async () => {
  const { computer, opened } = stage();
  await Promise.all([computer.reconnect(), computer.reconnect()]);
  expect(opened()).toBe(1);
});

describe('a restart', () => {
  it('is told to be impossible before anything is made, where no client is installed to do it', async () => {
    const { door, computer } = stage();
    door.getFromDrive = () => Promise.resolve(Buffer.alloc(0));
    await expect(computer.prepareRestart()).rejects.toMatchObject({ code: 'CLIENT_MISSING' });
    expect([...door.files.keys(), ...door.services.keys()]).toEqual([]);
  });

  it('has a service of its own: that of the installation may not be gone yet', async () => {
    const { door, order, computer } = stage();
    door.services.set(`RelaypointPush-${order.order}-1`, 'stopped');
    await computer.prepareRestart();
    expect(door.started).toEqual([]);
    const name = `RelaypointPush-${order.order}-restart-1`;
    door.onStart = () => door.files.set(`Relaypoint\\${name}\\result.json`, RESULT);
    await computer.restart();
    expect(door.started).toEqual([name]);
    // a DP that was killed meanwhile asks again
    await computer.prepareRestart();
    await computer.restart();
    expect(door.started).toEqual([name]);
    expect((await computer.look()).runs.size).toBe(0);
  });
});

describe('what a failed attempt has brought', () => {
  it('goes where it was never started', async () => {
    const { door, order, folder, computer } = stage();
    door.files.set(`${folder(1)}.new\\setup.exe`, 'setup');
    door.files.set(`${folder(1)}\\setup.exe`, 'setup');
    door.services.set(`RelaypointPush-${order.order}-1`, 'stopped');
    await computer.discard();
    expect([...door.files.keys(), ...door.services.keys()]).toEqual([]);
  });

  it('stays where it was: nobody knows how it ends', async () => {
    const { door, order, folder, computer } = stage();
    door.files.set(`${folder(1)}\\setup.exe`, 'setup');
    door.files.set(`${folder(1)}\\started`, '{}');
    door.services.set(`RelaypointPush-${order.order}-1`, 'running');
    await computer.discard();
    expect(door.files.size).toBe(2);
    expect(door.services.size).toBe(1);
  });
});

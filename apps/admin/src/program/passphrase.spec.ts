import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPassphrase } from './passphrase.js';

const folder = mkdtempSync(join(tmpdir(), 'passphrase-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const path = join(folder, 'passphrase');
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

describe('a passphrase', () => {
  it('is the first line of its file, or the variable', async () => {
    expect(await readPassphrase(file('correct horse battery\nmore\n'), {})).toBe('correct horse battery');
    const env = { RELAYPOINT_BACKUP_PASSPHRASE: 'another horse battery' };
    expect(await readPassphrase(undefined, env)).toBe('another horse battery');
  });

  it('is none only where none is given', async () => {
    expect(await readPassphrase(undefined, {})).toBeNull();
    for (const content of ['', '\n', '\ncorrect horse battery\n'])
      await expect(readPassphrase(file(content), {})).rejects.toThrow('is empty');
    await expect(readPassphrase(undefined, { RELAYPOINT_BACKUP_PASSPHRASE: '' })).rejects.toThrow(
      'RELAYPOINT_BACKUP_PASSPHRASE is empty',
    );
  });

  it('that is short is none', async () =>
    expect(readPassphrase(file('short\n'), {})).rejects.toThrow('12 characters'));
});

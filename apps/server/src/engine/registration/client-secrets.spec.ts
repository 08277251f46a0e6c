import { sha256 } from '#sealing';
import { COMPUTERS, importedComputer } from '../../../../../libs/domain/testing/sample-computers.js';
import { LastRestore } from '../../platform/keys/last-restore.js';
import type { ServerKeys } from '../../platform/keys/server-keys.js';
import { ClientSecrets } from './client-secrets.js';

const keys = { token: (...of: string[]) => sha256(of.join(' ')) } as unknown as ServerKeys;
const unrestored = new ClientSecrets(keys, new LastRestore(null));
const restored = new ClientSecrets(keys, new LastRestore(new Date()));
const ready = COMPUTERS.ready();

describe('the secret of a client', () => {
  const registrationBy = (secrets: ClientSecrets, registration: number, computer = ready): number | null =>
    secrets.registrationBy(computer, sha256(secrets.of(computer.id, registration)));

  it('is that of its last registration', () => {
    expect(registrationBy(unrestored, 1)).toBe(1);
    expect(registrationBy(restored, 1)).toBe(1);
    expect(registrationBy(unrestored, 0)).toBeNull();
  });

  it('of a later registration is believed only where the database was restored', () => {
    expect(registrationBy(restored, 2)).toBe(2);
    expect(registrationBy(unrestored, 2)).toBeNull();
    expect(registrationBy(restored, 1, importedComputer())).toBe(1);
    expect(registrationBy(unrestored, 1, importedComputer())).toBeNull();
  });
});

import { COMPUTERS, importedComputer, intent, ORDER, registration } from '../../testing/sample-computers.js';
import { at } from '../../testing/sample-orders.js';
import type { OrderId } from '../base/ids.js';
import { register, registeredSinceBackup } from './computer-registration.js';
import { release } from './computer-release.js';
import type { Computer, ComputerOutcome } from './computer.js';

const RESTORED = at(60);
const { order: _, ...facts } = registration({ registration: 1, restartRequired: false });
const known = (computer: Computer) => registeredSinceBackup(computer, facts, RESTORED, at(120));

function moved(outcome: ComputerOutcome): Computer {
  if (!outcome.changed) throw new Error('no change');
  return outcome.computer;
}

describe('a client that had registered after the backup', () => {
  it('ends the order of the backup that was to bring it', () => {
    expect(known(COMPUTERS.releasing())).toMatchObject({
      state: 'ready',
      openOrder: null,
      lastOrder: ORDER,
      client: { order: ORDER, registration: 1 },
    });
  });

  it('leaves an order alone that was asked for after the restore, which then registers as always', () => {
    const later = intent({ id: 'order-2' as OrderId, at: at(90) });
    const back = known(moved(release(importedComputer(), later, at(90))));
    expect(back).toMatchObject({ state: 'ready', openOrder: later, lastOrder: null });
    const again = register(back as Computer, registration({ order: later.id, registration: 2 }), at(180));
    expect(moved(again)).toMatchObject({ openOrder: null, lastOrder: later.id, client: { registration: 2 } });
  });

  it('is of no use where the computer was retired', () => expect(known(COMPUTERS.retired())).toBeNull());
  it('proves the installation of a computer without an order', () =>
    expect(known(importedComputer())).toMatchObject({ state: 'ready', status: { at: at(120) } }));
});

import { dpOverdue, registerMismatch } from './computer-alert.js';
import { type Computer } from './computer.js';
import { register } from './computer-registration.js';
import { release } from './computer-release.js';
import type { OrderId } from '../base/ids.js';
import { COMPUTERS, intent, registration } from '../../testing/sample-computers.js';
import { NOW, at } from '../../testing/sample-orders.js';

const codes = (computer: Computer): string[] => computer.alerts.map(({ code }) => code);

describe('alerts of a computer', () => {
  const waiting = COMPUTERS.releasing();

  it('says once that the DP of its order is overdue, and takes it back', () => {
    const raised = dpOverdue(waiting, NOW, at(900));
    if (!raised.changed) throw new Error('not raised');
    expect(raised.computer.alerts).toEqual([
      {
        code: 'DP_OVERDUE',
        at: at(900),
        key: 'alert.orderWaits',
        params: { dp: waiting.openOrder?.dp, time: NOW.toISOString() },
      },
    ]);
    expect(dpOverdue(raised.computer, NOW, at(960)).changed).toBe(false);
    const back = dpOverdue(raised.computer, null, at(1000));
    expect(back.changed && codes(back.computer)).toEqual([]);
    const ended = dpOverdue({ ...raised.computer, openOrder: null }, NOW, at(1000));
    expect(ended.changed && codes(ended.computer)).toEqual([]);
    expect(dpOverdue({ ...waiting, openOrder: null }, NOW, at(900)).changed).toBe(false);
    expect(dpOverdue(waiting, null, at(900)).changed).toBe(false);
  });

  it('keeps a registration under another name until the right client has registered, or it is released again', () => {
    const raised = registerMismatch(waiting, 'EVIL', NOW);
    if (!raised.changed) throw new Error('not raised');
    expect(codes(raised.computer)).toEqual(['REGISTER_MISMATCH']);
    expect(registerMismatch(raised.computer, 'EVIL', at(1)).changed).toBe(false);
    const order = waiting.openOrder?.id as OrderId;
    const done = register(raised.computer, registration({ order }), at(5));
    expect(done.changed && codes(done.computer)).toEqual([]);
    const failed: Computer = { ...COMPUTERS['install-failed'](), alerts: raised.computer.alerts };
    const again = release(failed, intent({ id: 'order-9' as OrderId }), at(9));
    expect(again.changed && codes(again.computer)).toEqual([]);
  });
});

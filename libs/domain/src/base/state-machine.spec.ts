import { COMPUTER_TRANSITIONS, COMPUTER_STATES } from '../computers/computer-state.js';
import {
  FINAL_ORDER_STATES,
  isFinal,
  OPEN_ORDER_STATES,
  ORDER_TRANSITIONS,
  ORDER_STATES,
} from '../orders/install-order.js';
import { faultsOfMoves } from './state-machine.js';

describe('tables of moves', () => {
  it('let an order reach every state, and always end', () => {
    expect(faultsOfMoves(ORDER_TRANSITIONS, 'planned')).toEqual([]);
  });

  it('let a computer reach every state, and always end', () => {
    expect(faultsOfMoves(COMPUTER_TRANSITIONS, 'imported')).toEqual([]);
  });

  it('are searched for faults that are really found', () => {
    const broken = {
      start: ['circle'],
      circle: ['round'],
      round: ['circle'],
      island: ['end'],
      end: [],
    } as const;
    expect(faultsOfMoves(broken, 'start')).toEqual([
      'island cannot be reached from start',
      'end cannot be reached from start',
      'start never ends',
      'circle never ends',
      'round never ends',
    ]);
  });

  it('name each state once, and no state that does not exist', () => {
    expect(Object.keys(ORDER_TRANSITIONS)).toEqual([...ORDER_STATES]);
    expect(Object.keys(COMPUTER_TRANSITIONS)).toEqual([...COMPUTER_STATES]);
    for (const to of Object.values(ORDER_TRANSITIONS))
      expect(ORDER_STATES).toEqual(expect.arrayContaining([...to]));
    for (const to of Object.values(COMPUTER_TRANSITIONS))
      expect(COMPUTER_STATES).toEqual(expect.arrayContaining([...to]));
  });

  it('split order states into open and final ones', () => {
    expect([...OPEN_ORDER_STATES, ...FINAL_ORDER_STATES].toSorted()).toEqual([...ORDER_STATES].toSorted());
    expect(ORDER_STATES.filter(isFinal)).toEqual([...FINAL_ORDER_STATES]);
  });
});

import { COMPUTER_MOVES, COMPUTER_STATES } from './computer-state.js';
import {
  FINAL_ORDER_STATES,
  isFinal,
  OPEN_ORDER_STATES,
  ORDER_MOVES,
  ORDER_STATES,
} from './install-order.js';
import { faultsOfMoves } from './machine.js';

describe('tables of moves', () => {
  it('let an order reach every state, and always end', () => {
    expect(faultsOfMoves(ORDER_MOVES, 'planned')).toEqual([]);
  });

  it('let a computer reach every state, and always end', () => {
    expect(faultsOfMoves(COMPUTER_MOVES, 'imported')).toEqual([]);
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
    expect(Object.keys(ORDER_MOVES)).toEqual([...ORDER_STATES]);
    expect(Object.keys(COMPUTER_MOVES)).toEqual([...COMPUTER_STATES]);
    for (const to of Object.values(ORDER_MOVES))
      expect(ORDER_STATES).toEqual(expect.arrayContaining([...to]));
    for (const to of Object.values(COMPUTER_MOVES))
      expect(COMPUTER_STATES).toEqual(expect.arrayContaining([...to]));
  });

  it('split order states into open and final ones', () => {
    expect([...OPEN_ORDER_STATES, ...FINAL_ORDER_STATES].toSorted()).toEqual([...ORDER_STATES].toSorted());
    expect(ORDER_STATES.filter(isFinal)).toEqual([...FINAL_ORDER_STATES]);
  });
});

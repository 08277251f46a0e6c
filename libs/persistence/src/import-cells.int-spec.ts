import type { ImportRow, ImportRunId } from '#domain';
import { computer, openStage, type Stage, tenant } from '../testing/stage.js';
import { ImportRowRepository } from './import.repositories.js';

jest.setTimeout(180_000);

const run = 'cells' as ImportRunId;
const CELLS = ['Berlin', 'Hamburg', '', 'Berlin', 'Essen', 'Berlin', 'Hamburg'];

const row = (cell: string, line: number): ImportRow => ({
  id: `${run}:${line}`,
  run,
  tenant,
  line,
  verdict: 'new',
  name: `PC${line}`,
  hostName: `PC${line}`,
  fqdn: null,
  address: null,
  identity: null,
  dp: null,
  inventory: computer(line).inventory,
  messages: [],
  warned: false,
  computer: null,
  newComputer: null,
  changes: [],
  outcome: null,
  // a row that ends early has no such cell
  raw: cell === '' ? [`PC${line}`] : [`PC${line}`, cell],
});

describe('the cells of a column', () => {
  let stage: Stage;
  let rows: ImportRowRepository;

  beforeAll(async () => {
    stage = await openStage();
    rows = stage.get(ImportRowRepository);
    await rows.insertNew(CELLS.map(row));
    await rows.insertNew([{ ...row('Elsewhere', 99), id: 'other:99', run: 'other' as ImportRunId }]);
  });
  afterAll(() => stage?.close());

  it('are each there once, the most frequent first, with what rows lack as empty', async () => {
    expect(await rows.cellsOf(run, 1, 10)).toEqual([
      { cell: 'Berlin', rows: 3 },
      { cell: 'Hamburg', rows: 2 },
      { cell: '', rows: 1 },
      { cell: 'Essen', rows: 1 },
    ]);
  });

  it('are as many as were asked for, the most frequent ones wherever they stand', async () => {
    expect(await rows.cellsOf(run, 1, 1)).toEqual([{ cell: 'Berlin', rows: 3 }]);
  });
});

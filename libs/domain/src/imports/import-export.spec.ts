import { textIn } from '#texts';
import { csvLine, formulaSafe, rejectedCsv } from './import-export.js';
import type { ImportRow, ImportRun } from './import-run.js';
import { importMessage } from './import-texts.js';

test.each(['=1+1', '+49', '-pc', '@x', '\tx', '\rx', '＝1'])('%j gets an apostrophe in front', (cell) => {
  expect(formulaSafe(cell)).toBe(`'${cell}`);
});

test('what is no formula stays as it is', () => {
  expect(formulaSafe('PC-01')).toBe('PC-01');
  expect(csvLine(['a;b', 'say "hi"', 'x\ny', ' z', 'plain'], ';')).toBe(
    '"a;b";"say ""hi""";"x\ny";" z";plain\r\n',
  );
});

test('rejected rows keep their cells, and get their line and the reasons', async () => {
  const run = {
    source: 'csv',
    columns: [
      { index: 0, header: 'Name', samples: [] },
      { index: 1, header: null, samples: [] },
    ],
    detected: { encoding: 'utf-8', delimiter: ',', header: true, columns: { name: 0 } },
  } as const satisfies Pick<ImportRun, 'source' | 'columns' | 'detected'>;
  const row = {
    line: 7,
    raw: ['=cmd', 'x', 'extra'],
    messages: [
      importMessage('NAME_LONG', 'name.underscore'),
      importMessage('NAME_FORMULA', 'name.startsWith', { name: '"=cmd"', start: '=' }),
      { code: 'DUPLICATE', severity: 'error', text: 'Line 7: stored by an earlier version' },
    ],
  } as unknown as ImportRow;
  const text: string[] = [];
  for await (const part of rejectedCsv(run, [row], (one) => textIn('en', one))) text.push(part);
  expect(text.join('')).toBe(
    'Name,Column 2,Line,Reason\r\n' +
      `'=cmd,x,7,"""=cmd"" starts with ""=""; Line 7: stored by an earlier version",extra\r\n`,
  );
});

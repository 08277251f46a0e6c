import { readFileSync } from 'node:fs';
import { BUILD } from './version.js';

it('the programs have the version of the project', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(BUILD.version).toBe(version);
});

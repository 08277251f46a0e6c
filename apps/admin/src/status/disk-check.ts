import { statfs } from 'node:fs/promises';
import { sizeText } from '../program/progress-line.js';
import type { Finding } from './finding.js';

const LEAST_BYTES = 1024 ** 3;
const LEAST_SHARE = 0.05;

/** Whether the disk below a folder is nearly full. One that is not there is told of by others. */
export async function checkDisk(folder: string): Promise<Finding[]> {
  const found = await statfs(folder).catch(() => null);
  if (!found) return [];
  const free = found.bavail * found.bsize;
  const share = found.blocks === 0 ? 1 : found.bavail / found.blocks;
  if (free >= LEAST_BYTES && share >= LEAST_SHARE) return [];
  return [
    {
      where: 'disk',
      what: `${sizeText(free)} are left where ${folder} is`,
      todo: 'make room, or move it to a larger disk: a server without room for its keys does not start',
    },
  ];
}

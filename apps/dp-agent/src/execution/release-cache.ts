import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { WireReleaseFile } from '#contract';
import { Backoff, pause } from '../base/backoff.js';
import { classify } from '../failures/failure-table.js';
import { StepFailed } from '../failures/failure.js';
import type { GatewayClient } from '../protocol/gateway-client.js';
import { codeOf, messageOf } from '../base/log.js';

/** Tries of one download; each goes on where the last one broke off. */
const TRIES = 5;

/** Release files by digest, on disk. A file is only ever given out after its digest was checked. */
export class ReleaseCache {
  private readonly underWay = new Map<string, Promise<string>>();
  /** Digest → size and time of a file that was checked by this process. */
  private readonly checked = new Map<string, string>();

  /**
   * @param limit bytes kept at most; the longest unused go first
   * @param ending aborts when the agent ends; a cancelled order leaves a download to the others that wait for it
   */
  constructor(
    private readonly folder: string,
    private readonly gateway: Pick<GatewayClient, 'download'>,
    private readonly limit: number,
    private readonly ending: AbortSignal,
    private readonly backoff: () => Backoff = () => new Backoff(1, 15),
  ) {}

  /**
   * The path of a verified file, downloaded when it is not there yet. Orders that want the same file share a download.
   *
   * @throws StepFailed RELEASE_UNAVAILABLE, DIGEST_MISMATCH, or DP_INTERNAL when this DP's own disk refuses
   */
  async fetch(file: WireReleaseFile): Promise<string> {
    let running = this.underWay.get(file.sha256);
    if (!running) {
      running = this.fetchOnce(file).finally(() => this.underWay.delete(file.sha256));
      this.underWay.set(file.sha256, running);
    }
    return running;
  }

  private async fetchOnce(file: WireReleaseFile): Promise<string> {
    if (file.size > this.limit) {
      throw new StepFailed('stage', 'RELEASE_UNAVAILABLE', {
        system: 'cache',
        code: 'TOO_LARGE',
        text: `${file.size} bytes are more than this DP keeps (${this.limit})`,
      });
    }
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      const path = join(this.folder, file.sha256);
      if (await this.isSound(path, file)) return path;
      await this.makeRoom(file);
      await this.download(file, `${path}.part`);
      if (!(await this.isSound(`${path}.part`, file))) {
        await rm(`${path}.part`, { force: true });
        throw new StepFailed('stage', 'DIGEST_MISMATCH', {
          system: 'cache',
          code: 'SHA256',
          text: `${file.url} does not have the digest ${file.sha256}`,
        });
      }
      await rename(`${path}.part`, path);
      await this.isSound(path, file);
      return path;
    } catch (error) {
      if (error instanceof StepFailed) throw error;
      throw new StepFailed('stage', 'DP_INTERNAL', {
        system: 'dp',
        code: codeOf(error),
        text: messageOf(error),
      });
    }
  }

  private async download(file: WireReleaseFile, part: string): Promise<void> {
    const backoff = this.backoff();
    let reason = '';
    for (let n = 1; n <= TRIES && !this.ending.aborted; n++) {
      const have = await sizeOf(part);
      if (have === file.size) return;
      if (have > file.size) await rm(part);
      const from = have > file.size ? 0 : have;
      const answer = await this.gateway.download(file.url, from, this.ending);
      if (answer.kind === 'ok') {
        reason = await appendTo(part, answer.value.resumed ? from : 0, answer.value.body, file.size);
        if (reason === '') return;
      } else if (answer.kind === 'away') {
        reason = answer.reason;
      } else if (answer.status === 416) {
        // a range behind the end: what is there is not a part of this file
        await rm(part, { force: true });
        continue;
      } else {
        reason = `${answer.code} ${answer.detail}`.trim();
        if (answer.isOwn) throw unavailable(`${answer.status}`, reason);
      }
      if (n < TRIES) await pause(backoff.next(answer.kind === 'away' ? answer.retryAfter : 0), this.ending);
    }
    throw unavailable('', reason);
  }

  private async isSound(path: string, file: WireReleaseFile): Promise<boolean> {
    const facts = await stat(path).catch(() => null);
    if (facts?.size !== file.size) return false;
    const mark = `${facts.ino}:${facts.size}:${facts.ctimeMs}`;
    if (this.checked.get(file.sha256) === mark) return true;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    if (hash.digest('hex') !== file.sha256) return false;
    // used just now: the next clean-up leaves it
    await utimes(path, new Date(), new Date());
    const after = await stat(path);
    this.checked.set(file.sha256, `${after.ino}:${after.size}:${after.ctimeMs}`);
    return true;
  }

  private async makeRoom(file: WireReleaseFile): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => !name.startsWith(file.sha256));
    const files = await Promise.all(
      names.map(async (name) => ({
        path: join(this.folder, name),
        facts: await stat(join(this.folder, name)),
      })),
    );
    let total = files.reduce((sum, { facts }) => sum + facts.size, file.size);
    for (const { path, facts } of files.toSorted((a, b) => a.facts.mtimeMs - b.facts.mtimeMs)) {
      if (total <= this.limit) return;
      await rm(path, { force: true });
      total -= facts.size;
    }
  }
}

function unavailable(code: string, text: string): StepFailed {
  const native = { system: 'http', code, text };
  return new StepFailed('stage', classify(native, 'stage'), native);
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}

/** Writes what arrives behind the first `from` bytes, never beyond `size`; '' when complete, else what broke it. */
async function appendTo(
  path: string,
  from: number,
  body: AsyncIterable<Uint8Array>,
  size: number,
): Promise<string> {
  const file = await open(path, from > 0 ? 'r+' : 'w', 0o600);
  let at = from;
  try {
    for await (const chunk of readable(body)) {
      if (typeof chunk === 'string') return chunk;
      if (at + chunk.length > size) return `more than ${size} bytes`;
      await file.write(chunk, 0, chunk.length, at);
      at += chunk.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return at === size ? '' : `ended after ${at} of ${size} bytes`;
}

/** The body's chunks; when the connection breaks, what it said, as a text. Errors of our own disk stay errors. */
async function* readable(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array | string> {
  const chunks = body[Symbol.asyncIterator]();
  while (true) {
    let next: IteratorResult<Uint8Array>;
    try {
      next = await chunks.next();
    } catch (error) {
      yield messageOf(error);
      return;
    }
    if (next.done) return;
    yield next.value;
  }
}

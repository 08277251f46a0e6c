import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { diskTrouble } from './disk-reserve.js';

/** The journal holds something that this program did not write so. A person has to look before it goes on. */
export class BrokenJournal extends Error {
  override readonly name = 'BrokenJournal';

  constructor(path: string, line: number, what: string) {
    super(
      `${path}, line ${line}: ${what}. The agent stops rather than install something twice. Restore the file, or move it ` +
        'away once no installation is running at this site: orders under way are then verified on their computers.',
    );
  }
}

interface Waiting {
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * An append-only file of JSON lines, each behind the CRC-32 of its text. `append` resolves once the lines are on disk;
 * lines that wait at the same time share one fsync.
 */
export class JournalFile {
  private waiting: Waiting[] = [];
  private writing: Promise<void> | null = null;

  private constructor(
    private readonly path: string,
    private file: FileHandle,
    private size: number,
  ) {}

  /** Opens or makes the file; gives what it holds, after cutting off a last line that was never finished. */
  static async open(path: string): Promise<{ file: JournalFile; entries: unknown[] }> {
    const handle = await open(path, 'a+', 0o600);
    try {
      const bytes = await handle.readFile();
      const whole = wholeLines(bytes);
      const entries = readLines(path, bytes.subarray(0, whole).toString());
      if (whole < bytes.length) {
        await handle.truncate(whole);
        await handle.sync();
      }
      return { file: new JournalFile(path, handle, whole), entries };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Bytes in the file. */
  get length(): number {
    return this.size;
  }

  /** Puts entries on disk; rejects when they could not be (disk full), and then none of them is in the file. */
  append(entries: readonly unknown[]): Promise<void> {
    const text = entries.map(lineOf).join('');
    return new Promise((resolve, reject) => {
      this.waiting.push({ text, resolve, reject });
      this.writing ??= this.writeAll();
    });
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        await this.write(batch.map((item) => item.text).join(''));
        for (const item of batch) item.resolve();
      } catch (error) {
        for (const item of batch) item.reject(error);
      }
    }
    this.writing = null;
  }

  private async write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    try {
      await this.file.appendFile(bytes);
      await this.file.datasync();
      this.size += bytes.length;
    } catch (error) {
      // a half-written line in the middle would make the file broken for good; where nothing can be written, there is none
      await this.file.truncate(this.size).catch((problem: unknown) => {
        if (diskTrouble(problem) === null) throw problem;
      });
      throw error;
    }
  }

  /** Replaces everything by these entries, all at once. Nothing may be appended meanwhile. */
  async rewrite(entries: readonly unknown[]): Promise<void> {
    await this.writing;
    const fresh = `${this.path}.new`;
    const handle = await open(fresh, 'w', 0o600);
    const bytes = Buffer.from(entries.map(lineOf).join(''));
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } catch (error) {
      await rm(fresh, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    await rename(fresh, this.path);
    const folder = await open(dirname(this.path), 'r');
    await folder.sync();
    await folder.close();
    await this.file.close();
    this.file = await open(this.path, 'a+', 0o600);
    this.size = bytes.length;
  }

  async close(): Promise<void> {
    await this.writing;
    await this.file.close();
  }
}

function lineOf(entry: unknown): string {
  const text = JSON.stringify(entry);
  return `${checksum(text)} ${text}\n`;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

/** Where the last whole line ends. Zeros behind it are what a crash leaves of a line whose length was stored first. */
function wholeLines(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.lastIndexOf(0x0a, end - 1) + 1;
}

function readLines(path: string, text: string): unknown[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line, index) => {
    const json = line.slice(9);
    if (line[8] !== ' ' || line.slice(0, 8) !== checksum(json)) {
      throw new BrokenJournal(path, index + 1, 'its checksum does not fit');
    }
    return JSON.parse(json) as unknown;
  });
}

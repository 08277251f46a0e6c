import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { type AgentBundle, type AgentBundleFile, BUNDLE_VERSION, compareAgentVersions } from '#contract';
import { sha256 } from '#sealing';

/** The install script, beside the bundles. */
const SCRIPT = 'dp.sh';
const DESCRIPTION = /^bundle-(.+)\.json$/;

const described: z.ZodType<AgentBundle> = z.object({
  version: z.string().regex(BUNDLE_VERSION),
  files: z.array(
    z.object({
      arch: z.string(),
      kind: z.enum(['tar', 'deb']),
      name: z.string().regex(/^[\w.+-]{1,128}$/),
      size: z.int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

/** A file that is handed out. */
export interface ServedFile extends Pick<AgentBundleFile, 'name' | 'size' | 'sha256'> {
  readonly read: (range: { start: number; end: number }) => Readable;
}

/**
 * A folder with bundles of the agent as `npm run dp:pack` writes them: for each version a `bundle-VERSION.json` and the files
 * that it names. It is read each time: a version that is laid there is offered at once.
 */
export class BundleFolder {
  constructor(private readonly folder: string) {}

  /** The versions that are whole, the newest first. */
  async versions(): Promise<string[]> {
    const names = await readdir(this.folder).catch(() => []);
    const found = names.flatMap((name) => DESCRIPTION.exec(name)?.[1] ?? []);
    const bundles = await Promise.all(found.map((version) => this.bundle(version)));
    return bundles.flatMap((bundle) => bundle?.version ?? []).toSorted((a, b) => compareAgentVersions(b, a));
  }

  /** Null: there is none of this version, or one of its files is not there as it is described. */
  async bundle(version: string): Promise<AgentBundle | null> {
    if (!BUNDLE_VERSION.test(version)) return null;
    const text = await readFile(join(this.folder, `bundle-${version}.json`), 'utf8').catch(() => null);
    const bundle = text === null ? undefined : described.safeParse(parseJson(text)).data;
    if (bundle?.version !== version) return null;
    const sizes = await Promise.all(
      bundle.files.map(({ name }) => stat(join(this.folder, name)).catch(() => null)),
    );
    return bundle.files.every(({ size }, index) => sizes[index]?.size === size) ? bundle : null;
  }

  /** A file that one of the bundles names, or the install script. */
  async file(name: string): Promise<ServedFile | null> {
    if (name === SCRIPT) return this.script();
    for (const version of await this.versions()) {
      const file = (await this.bundle(version))?.files.find((one) => one.name === name);
      if (file)
        return {
          ...file,
          read: ({ start, end }) =>
            createReadStream(join(this.folder, file.name), { start, end: Math.max(start, end - 1) }),
        };
    }
    return null;
  }

  private async script(): Promise<ServedFile | null> {
    const path = join(this.folder, SCRIPT);
    const bytes = await readFile(path).catch(() => null);
    if (!bytes) return null;
    return {
      name: SCRIPT,
      size: bytes.length,
      sha256: sha256(bytes),
      read: ({ start, end }) => createReadStream(path, { start, end: Math.max(start, end - 1) }),
    };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

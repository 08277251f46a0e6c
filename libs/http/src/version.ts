import { PROTOCOLS } from '#contract';

/** What a program was built from. */
export interface ProgramBuild {
  version: string;
  /** Null: that is not known. */
  commit: string | null;
  /** The newest migration of the database that it knows; absent: it has no database. */
  schema?: string;
}

/** What a program says of itself at `/version`. */
export interface VersionView {
  name: 'relaypoint';
  /** `server`, `dp-gateway` or `importer`. */
  program: string;
  version: string;
  /** Commit it was built from; null: that is not known. */
  commit: string | null;
  /** Versions of what programs say to each other; the same number understands the same. */
  protocols: typeof PROTOCOLS;
  /** The newest migration of the database that it knows; null: it has no database. */
  schema: string | null;
}

export function versionView(program: string, { version, commit, schema }: ProgramBuild): VersionView {
  return { name: 'relaypoint', program, version, commit, protocols: PROTOCOLS, schema: schema ?? null };
}

/** The same in a line of the log. */
export function versionLine({ program, version, commit, protocols, schema }: VersionView): string {
  const spoken = Object.entries(protocols).map(([name, number]) => `${name} ${number}`);
  const parts = [...spoken, ...(schema === null ? [] : [`schema ${schema}`])];
  return `Relaypoint ${program} ${version}${commit === null ? '' : ` (${commit})`}: ${parts.join(', ')}`;
}

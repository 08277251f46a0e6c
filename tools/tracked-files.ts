import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Something that belongs to one machine or network and must not be in the repository. */
export interface Trace {
  /** Path below the root. */
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

/** What would show on which machine, or behind which registry, the project was made. */
export interface Surroundings {
  readonly root: string;
  readonly home: string;
  /** Host names of the package registries that are configured here. */
  readonly registries: readonly string[];
}

const PUBLIC_REGISTRIES = new Set([
  'registry.npmjs.org',
  'registry.yarnpkg.com',
  'repo.maven.apache.org',
  'pypi.org',
]);

/** This machine's. */
export function surroundings(root: string): Surroundings {
  const configured = [
    execFileSync('npm', ['config', 'get', 'registry'], {
      encoding: 'utf8',
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ];
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && /^(?:npm_config_registry|PIP_INDEX_URL|UV_INDEX_URL|GOPROXY)$/i.test(name))
      configured.push(value);
  }
  const hosts = configured.flatMap((text) =>
    Array.from(text.matchAll(/https?:\/\/(?:[^@/\s]*@)?([^/:\s,]+)/g), ([, host = '']) => host),
  );
  return {
    root,
    home: homedir(),
    registries: [...new Set(hosts)].filter((host) => !PUBLIC_REGISTRIES.has(host)),
  };
}

/** The traces in one file's text. */
export function tracesIn(file: string, text: string, { root, home, registries }: Surroundings): Trace[] {
  const forbidden: [what: string, found: (line: string) => boolean][] = [
    [
      'a path of this machine',
      (line) => line.includes(`${root}/`) || line.includes(`${dirname(root)}/shared`),
    ],
    // a home that every machine has says nothing
    ['a home folder of this machine', (line) => !['/', '/root'].includes(home) && line.includes(`${home}/`)],
    ['somebody’s home folder', (line) => /\/(?:home|Users)\/(?!runner\b|node\b)[a-z][\w.-]*\//.test(line)],
    ['a registry of this network', (line) => registries.some((host) => line.includes(host))],
  ];
  if (file === 'package-lock.json')
    forbidden.push(['a download address', (line) => line.includes('"resolved"')]);
  return text
    .split('\n')
    .flatMap((line, index) =>
      forbidden.filter(([, found]) => found(line)).map(([what]) => ({ file, line: index + 1, what })),
    );
}

/** The traces in all tracked files that hold text. */
export function tracesInTrackedFiles(root: string): Trace[] {
  const around = surroundings(root);
  const names = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean);
  return names.flatMap((name) => {
    let content: Buffer;
    try {
      content = readFileSync(join(root, name));
    } catch {
      return []; // deleted, and not committed yet
    }
    return content.includes(0) ? [] : tracesIn(name, content.toString('utf8'), around);
  });
}

if (import.meta.main) {
  const root = dirname(import.meta.dirname);
  const traces = tracesInTrackedFiles(root);
  for (const { file, line, what } of traces) console.error(`${file}:${line}: ${what}`);
  process.exitCode = traces.length === 0 ? 0 : 1;
}

import { code, table, type Domain } from './tables.ts';

/** What the blocks are made from. */
export interface Sources {
  domain: Domain;
  /** The text of a file, by its path from the root. */
  read: (path: string) => string;
}

const BLOCK = /<!-- generated: ([a-z]+)(?: ([\w-]+))? -->\n[\s\S]*?<!-- end -->/g;

/**
 * Fills the blocks of one page.
 *
 * @throws Error for a block of an unknown kind, and for an example that does not exist
 */
export function fillBlocks(page: string, text: string, sources: Sources): string {
  return text.replace(BLOCK, (_whole, kind: string, name: string | undefined) => {
    const content = contentOf(kind, name ?? '', sources);
    if (content === undefined)
      throw new Error(`${page}: there is nothing to generate for "${kind} ${name ?? ''}"`);
    const head = name === undefined ? kind : `${kind} ${name}`;
    return `<!-- generated: ${head} -->\n\n${content}\n\n<!-- end -->`;
  });
}

function contentOf(kind: string, name: string, { domain, read }: Sources): string | undefined {
  switch (kind) {
    case 'example': {
      const example = read(`libs/contract/src/examples/${name}.json`);
      return example === '' ? undefined : `\`\`\`json\n${example}\`\`\``;
    }
    case 'roles':
      return roles(domain);
    case 'settings':
      return settings(domain);
    default:
      return undefined;
  }
}

function roles({ PERMISSIONS, ROLES, may }: Domain): string {
  const permissions = Object.keys(PERMISSIONS) as (keyof typeof PERMISSIONS)[];
  return table(
    ['permission', ...ROLES],
    permissions.map((permission) => [
      code(permission),
      ...ROLES.map((role) => (may(role, permission) ? 'yes' : '')),
    ]),
  );
}

function settings({ DEFAULT_SETTINGS }: Domain): string {
  return table(
    ['setting', 'default'],
    Object.entries(DEFAULT_SETTINGS).map(([key, value]) => [code(key), code(JSON.stringify(value))]),
  );
}

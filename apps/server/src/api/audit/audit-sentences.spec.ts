import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IMPORT_COMMANDS } from '#contract';
import { COMPUTER_ACTIONS, PERMISSIONS, RESTORED_ACTION } from '#domain';
import { isTextKey, LANGUAGES, textIn } from '#texts';
import { auditText } from './audit-text.js';

const SOURCES = join(__dirname, '../..');

/** What the templates make that an action is put together with; a new one has to be told here. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  '`${command}-asked`': IMPORT_COMMANDS.map((command) => `${command}-asked`),
  '`computer.${action}`': COMPUTER_ACTIONS.map((action) => `computer.${action}`),
  '`computer.${kind}`': ['computer.edited', 'computer.reimported'],
};
/** Alike, but no actions: texts, and targets. */
const OTHER_TEMPLATES = ['`owned.${word}`', '`scope.${part}`', '`${kind}s`'];

/** All that looks like an action in what records any, but for the names of texts, permissions and commands. */
function actionsRecorded(): string[] {
  const found = globSync('**/*.ts', { cwd: SOURCES })
    .filter((name) => !name.includes('spec.'))
    .map((name) => readFileSync(join(SOURCES, name), 'utf8'))
    .filter((source) => source.includes('AuditService'));
  const all = (pattern: RegExp): string[] => found.flatMap((source) => source.match(pattern) ?? []);
  const others = new Set<string>([...Object.keys(PERMISSIONS), ...IMPORT_COMMANDS]);
  const literals = all(/'[a-z][a-z-]*\.[a-z][a-z-]*'/g)
    .map((literal) => literal.slice(1, -1))
    .filter((name) => !others.has(name) && !isTextKey(name));
  const made = all(/`[a-z.-]*\$\{[a-zA-Z]+\}[a-z.-]*`/g)
    .filter((template) => !OTHER_TEMPLATES.includes(template))
    .flatMap((template) => TEMPLATES[template] ?? [`untold template ${template}`]);
  return [...new Set([...literals, ...made, RESTORED_ACTION])];
}

describe('the actions that are recorded', () => {
  const actions = actionsRecorded();

  it('are found in the sources', () => {
    expect(actions.length).toBeGreaterThan(80);
    expect(actions).toEqual(
      expect.arrayContaining([
        'dp.audit-accepted',
        'audit.contradicted',
        'rollout.begun',
        'import.undo-asked',
      ]),
    );
  });

  it.each(LANGUAGES)('are each told by a sentence in %s', (language) => {
    const bare = actions.filter((action) => {
      const target = action.startsWith('settings') ? 'tenant:acme' : 'thing:1';
      const entry = {
        id: 'e',
        at: new Date(0),
        who: null,
        address: null,
        action,
        target,
        tenant: null,
        data: {},
      };
      const text = auditText(entry, 'Name');
      return text.key === 'audited.any' || textIn(language, text).includes(action);
    });
    expect(bare).toEqual([]);
  });
});

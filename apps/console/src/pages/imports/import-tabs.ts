import type { Schema } from '../../api.js';
import type { TextKey } from '../../texts.js';

type Run = Schema['ImportRunDto'];

/** What the API is asked for. */
interface RowsFilter {
  verdict?: Schema['ImportVerdict'];
  outcome?: Schema['ImportRowOutcome'];
  warned?: true;
  undecided?: true;
}

/** Rows of a run that have something in common. */
export interface RowsTab {
  /** As the page's address names it. */
  name: string;
  text: TextKey;
  count: number;
  filter: RowsFilter;
  /** Rows are in exactly one of these; the others go across. */
  isPart: boolean;
}

/**
 * The rows of a run by what is to become of them, and of one that was committed by what has become of them, so that the
 * parts are what the summary tells of, and together all rows. Those without rows are left out where one does not look for them.
 */
export function tabsOf({ state, counts, summary, undecided }: Run): readonly RowsTab[] {
  const by = (verdict: Schema['ImportVerdict']): RowsTab => ({
    name: verdict,
    text: `state.${verdict}`,
    count: counts[verdict],
    filter: { verdict },
    isPart: true,
  });
  const became = (outcome: Schema['ImportRowOutcome'], name: string, text: TextKey): RowsTab => ({
    name,
    text,
    count: summary?.[outcome] ?? 0,
    filter: { outcome },
    isPart: true,
  });
  const across = (name: string, text: TextKey, count: number, filter: RowsFilter): RowsTab[] =>
    count > 0 ? [{ name, text, count, filter, isPart: false }] : [];
  const parts =
    state === 'committed'
      ? [
          became('created', 'created', 'import.tab.created'),
          became('changed', 'updated', 'import.tab.updated'),
          by('known'),
          by('excluded'),
          by('rejected'),
          ...[
            became('known', 'overtaken', 'import.tab.overtaken'),
            became('rejected', 'refused', 'import.refused'),
            became('skipped', 'skipped', 'import.tab.skipped'),
          ].filter(({ count }) => count > 0),
        ]
      : [by('new'), by('changed'), by('known'), by('excluded'), by('rejected')];
  return [
    { name: 'all', text: 'folder.all', count: counts.rows, filter: {}, isPart: false },
    ...parts,
    ...across('warned', 'import.warned', counts.warned, { warned: true }),
    ...across('undecided', 'import.undecided', state === 'previewed' ? undecided : 0, { undecided: true }),
  ];
}

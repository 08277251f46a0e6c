import type { Schema } from '../api.js';

/** What of an address a view keeps. */
export type ShownView = Pick<Schema['ViewDto'], 'filter' | 'sort' | 'columns'>;

/** Names that a list's query may have. */
const CRITERION = /^[A-Za-z][A-Za-z0-9]*$/;
/** Which list of a page with several it is, such as `tab`, is none of them. */
const OF_VIEWS = ['view', 'sort', 'columns', 'tab'];

/** What the address of a list shows. */
export function viewOf(params: URLSearchParams): ShownView {
  const columns = params.get('columns');
  return {
    filter: Object.fromEntries(
      [...params].filter(([name]) => CRITERION.test(name) && !OF_VIEWS.includes(name)),
    ),
    sort: params.get('sort'),
    columns: columns ? columns.split(',') : [],
  };
}

/** The address under which a list shows a view: the same for whoever follows it. */
export function viewParams({ id, filter, sort, columns }: ShownView & { id: string }): URLSearchParams {
  const criteria = Object.entries(filter).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return new URLSearchParams([
    ['view', id],
    ...criteria,
    ...(sort === null ? [] : [['sort', sort]]),
    ...(columns.length > 0 ? [['columns', columns.join()]] : []),
  ]);
}

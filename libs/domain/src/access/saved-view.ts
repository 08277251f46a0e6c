import { inScope, type TenantId } from '../base/ids.js';
import type { Caller } from './caller.js';
import { may } from './permissions.js';

/** The lists that views are of. */
export const VIEW_LISTS = [
  'computers',
  'orders',
  'imports',
  'import-rows',
  'rollouts',
  'distribution-points',
  'accounts',
  'client-releases',
  'users',
  'audit',
  'deliveries',
] as const;
export type ViewList = (typeof VIEW_LISTS)[number];

/** Views that one person, or one token, may have. */
export const MAX_VIEWS = 100;

/** What of a list is shown, and how, under a name. */
export interface SavedView {
  id: string;
  /** Who made it: {@link Caller.id}. */
  owner: string;
  ownerName: string;
  /** Whose people see it beside its owner; null: nobody. */
  tenant: TenantId | null;
  list: ViewList;
  name: string;
  /** What narrows the list, in the words of the list's query. */
  filter: readonly ViewCriterion[];
  /** As the list's `sort`; null: as the list comes. */
  sort: string | null;
  /** Names of columns, in their order; empty: as the reader has them. */
  columns: readonly string[];
  /** Since when the owner's list opens with it; null: it does not. */
  defaultSince: Date | null;
  createdAt: Date;
  changedAt: Date;
  revision: number;
}

export interface ViewCriterion {
  name: string;
  value: string;
}

/** A view is its owner's; one that is shared is of all who see its tenant, its owner only while that is one of them. */
export function seesView(caller: Caller, { owner, tenant }: Pick<SavedView, 'owner' | 'tenant'>): boolean {
  return tenant === null ? owner === caller.id : inScope(caller.tenants, tenant);
}

/** What is shared is changed by its owner, while that one may share at all, and by administrators. */
export function mayChangeView(caller: Caller, view: Pick<SavedView, 'owner' | 'tenant'>): boolean {
  if (view.tenant === null) return view.owner === caller.id;
  if (!inScope(caller.tenants, view.tenant)) return false;
  return may(caller.role, view.owner === caller.id ? 'views.share' : 'views.manage');
}

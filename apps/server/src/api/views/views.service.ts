import { Injectable } from '@nestjs/common';
import {
  type Caller,
  DomainError,
  inScope,
  invalid,
  MAX_VIEWS,
  may,
  mayChangeView,
  type SavedView,
  type TenantId,
} from '#domain';
import { SavedViewRepository, TenantRepository, updateWithRetry } from '#persistence';
import { AuditService } from '../../platform/audit/audit.service.js';
import type { IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { assertRevision } from '../../platform/http/if-match.js';

const MISSING = 'notFound.view';

/** What a caller says of a view. */
export type ViewInput = Pick<SavedView, 'name' | 'filter' | 'sort' | 'columns' | 'tenant'> & {
  isDefault: boolean;
};

/** Named sets of filter, sort and columns of the lists. */
@Injectable()
export class ViewsService {
  constructor(
    private readonly views: SavedViewRepository,
    private readonly tenants: TenantRepository,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError DUPLICATE, FORBIDDEN to share it, VALIDATION_FAILED, WRONG_STATE when there are too many */
  async create(
    caller: Caller,
    { isDefault, ...input }: ViewInput & Pick<SavedView, 'list'>,
    creation: IdempotentCreate,
  ): Promise<SavedView> {
    await this.assertMayShare(caller, input.tenant);
    const now = new Date();
    const fresh: SavedView = {
      id: creation.id,
      owner: caller.id,
      ownerName: caller.name,
      ...input,
      defaultSince: isDefault ? now : null,
      createdAt: now,
      changedAt: now,
      revision: 0,
    };
    const view = await this.insert(caller, fresh);
    // counted with it: of two at once that are one too many, none stays uncounted
    if ((await this.views.ofOwner(caller, caller.id)).length > MAX_VIEWS) {
      await this.views.remove(view.id, view.revision);
      throw new DomainError('WRONG_STATE', 'view.tooMany', { max: MAX_VIEWS });
    }
    if (view.defaultSince) await this.endOtherDefaults(view);
    await this.note(caller, 'view.created', view, { after: summary(view) });
    return view;
  }

  /** @throws DomainError NOT_FOUND */
  async get(caller: Caller, id: string): Promise<SavedView> {
    const view = await this.views.findById(caller, id);
    if (!view) throw new DomainError('NOT_FOUND', MISSING);
    return view;
  }

  /** @throws DomainError NOT_FOUND, FORBIDDEN, DUPLICATE, VALIDATION_FAILED, REVISION_STALE */
  async change(
    caller: Caller,
    id: string,
    { isDefault, ...change }: Partial<ViewInput>,
    revision: number | null,
  ): Promise<SavedView> {
    const { before, after } = await updateWithRetry(
      () => this.views.findById(caller, id),
      async (view) => {
        // with what it opens for its owner it says nothing to others
        const isOthers = Object.values(change).some((value) => value !== undefined);
        if (isOthers || view.owner !== caller.id) this.assertMayChange(caller, view);
        if (isDefault !== undefined && view.owner !== caller.id) {
          throw new DomainError('FORBIDDEN', 'view.defaultOfOwner');
        }
        assertRevision(view, revision);
        if (change.tenant !== undefined && change.tenant !== view.tenant) {
          await this.assertMayShare(caller, change.tenant);
        }
        const now = new Date();
        return {
          ...view,
          ...change,
          ...(isDefault !== undefined && { defaultSince: isDefault ? now : null }),
          changedAt: now,
        };
      },
      (view) => this.replace(caller, view),
      MISSING,
    );
    if (isDefault) await this.endOtherDefaults(after);
    await this.noteChange(caller, before, after);
    return after;
  }

  /** @throws DomainError NOT_FOUND, FORBIDDEN, REVISION_STALE */
  async remove(caller: Caller, id: string, revision: number | null): Promise<void> {
    const view = await this.get(caller, id);
    this.assertMayChange(caller, view);
    assertRevision(view, revision);
    if (!(await this.views.remove(id, view.revision)))
      throw new DomainError('REVISION_STALE', 'changed.view');
    await this.note(caller, 'view.deleted', view, { before: summary(view) });
  }

  /** After a crash the first call's view may be there already: it is this one, and what came behind it is still to do. */
  private async insert(caller: Caller, fresh: SavedView): Promise<SavedView> {
    const mine = await this.views.findById(caller, fresh.id);
    if (mine) return mine;
    if ((await this.isTaken(caller, fresh)) || !(await this.views.insert(fresh))) throw duplicate(fresh);
    return fresh;
  }

  /** A name that is taken loses every time: that is told, and not tried again. */
  private async replace(caller: Caller, view: SavedView): Promise<SavedView | null> {
    if (await this.isTaken(caller, view)) throw duplicate(view);
    return this.views.replace(view);
  }

  /** Whether the owner has another view of this name among those that the caller may know of. */
  private async isTaken(caller: Caller, view: SavedView): Promise<boolean> {
    const others = await this.views.ofOwner(caller, view.owner);
    return others.some(({ id, list, name }) => id !== view.id && list === view.list && name === view.name);
  }

  /** One that is changed at this moment stays beside it; the next default ends both. */
  private async endOtherDefaults(view: SavedView): Promise<void> {
    for (const other of await this.views.defaultsOf(view.owner, view.list)) {
      if (other.id !== view.id) await this.views.replace({ ...other, defaultSince: null });
    }
  }

  private assertMayChange(caller: Caller, view: SavedView): void {
    if (!mayChangeView(caller, view))
      throw new DomainError('FORBIDDEN', 'view.notYours', { name: view.ownerName });
  }

  private async assertMayShare(caller: Caller, tenant: TenantId | null): Promise<void> {
    if (tenant === null) return;
    if (!may(caller.role, 'views.share')) throw new DomainError('FORBIDDEN', 'view.share');
    const isThere = inScope(caller.tenants, tenant) && (await this.tenants.findById(caller.tenants, tenant));
    if (!isThere) throw invalid([{ path: 'tenant', code: 'unknown', key: 'fault.unknownTenant' }]);
  }

  /** Where the view goes to other people, those before and those now are told what they saw of it, or see. */
  private async noteChange(caller: Caller, before: SavedView, after: SavedView): Promise<void> {
    const [was, is] = [{ before: summary(before) }, { after: summary(after) }];
    if (before.tenant === after.tenant) {
      await this.note(caller, 'view.changed', after, { ...was, ...is });
      return;
    }
    await this.note(caller, 'view.changed', before, was);
    await this.note(caller, 'view.changed', after, is);
  }

  private async note(
    caller: Caller,
    action: string,
    { id, tenant }: SavedView,
    data: Record<string, unknown>,
  ): Promise<void> {
    await this.audit.record(caller, action, `view:${id}`, data, tenant ?? undefined);
  }
}

function duplicate({ name }: SavedView): DomainError {
  return new DomainError('DUPLICATE', 'duplicate.view', { name });
}

function summary({
  list,
  name,
  filter,
  sort,
  columns,
  tenant,
  defaultSince,
}: SavedView): Record<string, unknown> {
  return {
    list,
    name,
    filter: Object.fromEntries(filter.map((one) => [one.name, one.value])),
    sort,
    columns: [...columns],
    tenant,
    default: defaultSince !== null,
  };
}

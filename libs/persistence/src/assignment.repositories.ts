import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  ASSIGNMENT_TARGETS,
  IMPORT_COLUMNS,
  parseAssignmentCondition,
  rulesFor,
  WITHOUT_DP,
  type AssignmentCondition,
  type AssignmentRule,
  type AssignmentRuleId,
  type DirectoryId,
  type ImportProfile,
  type ImportProfileId,
  type TenantId,
  type TenantScope,
} from '#domain';
import { VersionedCollection } from './versioned-collection.js';
import { columnChoices, valueMapping } from './import.schemas.js';
import { checked, collectionSchema, date, flag, list, nullable, number, oneOf, text } from './schema.js';
import { scoped, within } from './scope.js';

export const assignmentRuleSchema = collectionSchema<AssignmentRule>('assignmentRules', {
  tenant: text,
  directory: nullable(text),
  name: text,
  position: number,
  when: checked<AssignmentCondition>((value) => 'condition' in parseAssignmentCondition(value)),
  target: oneOf(ASSIGNMENT_TARGETS),
  dp: nullable(text),
  createdAt: date,
})
  // rules of a tenant in their order, at every import
  .index({ tenant: 1, position: 1, _id: 1 });

export const importProfileSchema = collectionSchema<ImportProfile>('importProfiles', {
  tenant: text,
  name: text,
  shape: text,
  headers: list(text),
  columns: columnChoices(IMPORT_COLUMNS),
  mapping: nullable(valueMapping),
  dpFromColumn: nullable(flag),
  withoutDp: nullable(oneOf(WITHOUT_DP)),
  createdAt: date,
  changedAt: date,
})
  // by the name that scripts know it by
  .index({ tenant: 1, name: 1 }, { unique: true })
  // by the headings of a file
  .index({ tenant: 1, shape: 1 }, { unique: true });

@Injectable()
export class AssignmentRuleRepository {
  private readonly store: VersionedCollection<AssignmentRule>;

  constructor(@InjectModel('AssignmentRule') model: Model<unknown>) {
    this.store = new VersionedCollection<AssignmentRule>(model);
  }

  insert(rule: AssignmentRule): Promise<boolean> {
    return this.store.insert(rule);
  }

  findById(scope: TenantScope, id: AssignmentRuleId): Promise<AssignmentRule | null> {
    return this.store.findById(id, within(scope));
  }

  /** In the order in which they are asked, tenant by tenant. */
  list(scope: TenantScope): Promise<AssignmentRule[]> {
    return this.store.find(scoped(scope), { sort: { tenant: 1, position: 1, _id: 1 } });
  }

  /** The rules that an import of the tenant asks, in order. */
  async forImport(tenant: TenantId, directory: DirectoryId | null): Promise<readonly AssignmentRule[]> {
    return rulesFor(await this.ofTenant(tenant), directory);
  }

  ofTenant(tenant: TenantId): Promise<AssignmentRule[]> {
    return this.store.find({ tenant }, { sort: { position: 1, _id: 1 } });
  }

  replace(rule: AssignmentRule): Promise<AssignmentRule | null> {
    return this.store.replace(rule);
  }

  remove(id: AssignmentRuleId, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }
}

@Injectable()
export class ImportProfileRepository {
  private readonly store: VersionedCollection<ImportProfile>;

  constructor(@InjectModel('ImportProfile') model: Model<unknown>) {
    this.store = new VersionedCollection<ImportProfile>(model);
  }

  /** @returns false when there is one with this name or these headings */
  insert(profile: ImportProfile): Promise<boolean> {
    return this.store.insert(profile);
  }

  findById(scope: TenantScope, id: ImportProfileId): Promise<ImportProfile | null> {
    return this.store.findById(id, within(scope));
  }

  async ofShape(tenant: TenantId, shape: string): Promise<ImportProfile | null> {
    const [found] = await this.store.find({ tenant, shape }, { limit: 1 });
    return found ?? null;
  }

  list(scope: TenantScope): Promise<ImportProfile[]> {
    return this.store.find(scoped(scope), { sort: { tenant: 1, name: 1, _id: 1 } });
  }

  replace(profile: ImportProfile): Promise<ImportProfile | null> {
    return this.store.replace(profile);
  }

  remove(id: ImportProfileId, revision: number): Promise<boolean> {
    return this.store.remove(id, revision);
  }
}

/** Stands for rules and profile in the state that they are in: another one says that something has changed since. */
export function assignmentStamp(
  rules: readonly Pick<AssignmentRule, 'id' | 'revision'>[],
  profile: Pick<ImportProfile, 'id' | 'revision'> | null,
): string {
  const states = [...rules, ...(profile ? [profile] : [])].map(({ id, revision }) => `${id}:${revision}`);
  return createHash('sha256').update(states.join('\n')).digest('base64url').slice(0, 22);
}

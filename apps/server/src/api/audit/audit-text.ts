import type { AuditEntry } from '#domain';
import { isTextKey, type MessageDescriptor, type TextParam } from '#texts';

/** Fields by which things are called, in what was stored of them. */
const NAME_FIELDS = ['name', 'label', 'hostName', 'user', 'username', 'file', 'version'] as const;

/** What an entry's target is called: by what it is called now, else by what the entry has of it, else by its id. */
export function auditTargetName({ target, data }: AuditEntry, now: string | undefined): string {
  if (now !== undefined) return now;
  for (const fields of [data['after'], data['before'], data]) {
    const known = (fields ?? {}) as Readonly<Record<string, unknown>>;
    for (const field of NAME_FIELDS) {
      const name = known[field];
      if (typeof name === 'string' && name !== '') return name;
    }
  }
  return target.slice(target.indexOf(':') + 1);
}

/** An entry as a sentence. */
export function auditText(entry: AuditEntry, name: string): MessageDescriptor {
  const { action, target, who, data } = entry;
  const by: TextParam = who?.name ?? { key: 'audited.server' };
  const count = typeof data['count'] === 'number' ? data['count'] : 1;
  const params = { who: by, name, count, action };
  if (action === 'settings.changed') return settingsText(target, params);
  const own = `audited.${action}`;
  if (isTextKey(own)) return { key: own, params };
  const [kind = '', verb = ''] = action.split('.');
  const [ofVerb, ofKind] = [`auditedVerb.${verb}`, `auditedKind.${kind}`];
  if (isTextKey(ofVerb) && isTextKey(ofKind)) {
    return { key: ofVerb, params: { ...params, kind: { key: ofKind } } };
  }
  return { key: 'audited.any', params };
}

/** Settings are for all, or for one tenant or DP, which the target names. */
function settingsText(target: string, params: Readonly<Record<string, TextParam>>): MessageDescriptor {
  const [layer = '', id = ''] = target.split(':');
  const ofLayer = `auditedKind.${layer}`;
  return isTextKey(ofLayer)
    ? { key: 'audited.settings.changed', params: { ...params, kind: { key: ofLayer }, name: id } }
    : { key: 'audited.settings.changed-for-all', params };
}

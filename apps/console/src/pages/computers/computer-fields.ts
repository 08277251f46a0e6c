import type { Schema } from '../../api.js';
import type { Field } from '../../forms/dialogs.js';

/** What a release may say; all of it may be left out. */
export const RELEASE_FIELDS: readonly Field[] = [
  { name: 'notBefore', label: 'notBefore', kind: 'time', hint: 'hint.notBefore' },
  { name: 'release', label: 'clientRelease', kind: 'clientRelease', hint: 'hint.clientRelease' },
  { name: 'note', label: 'note' },
];

export const FORCE_FIELD: Field = { name: 'force', label: 'force', kind: 'check', hint: 'hint.force' };

export function releaseWish({
  notBefore,
  release,
  note,
}: Readonly<Record<string, string>>): Schema['ReleaseWishDto'] {
  return { ...(notBefore && { notBefore }), ...(release && { release }), ...(note && { note }) };
}

import type { MessageDescriptor } from '#texts';

/** Something that passes: the same again later may succeed. Nothing was done, or it may safely be asked again. */
export class TryLater extends Error {
  override readonly name = 'TryLater';

  /** @param seconds after which to try again; null: the more are told so, the later */
  constructor(
    readonly code: 'RATE_LIMITED' | 'UNAVAILABLE',
    readonly detail: MessageDescriptor,
    readonly seconds: number | null = null,
  ) {
    super(`${code}: ${detail.key}`);
  }
}

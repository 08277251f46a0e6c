/** When the database was last restored from a backup. No server runs while it is, so what the start has read stays true. */
export class LastRestore {
  /** @param at null: never */
  constructor(readonly at: Date | null) {}
}

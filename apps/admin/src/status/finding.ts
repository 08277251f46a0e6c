/** Something that is wrong, and what to do about it. */
export interface Finding {
  /** A word: database, broker, keys, disk, server … */
  where: string;
  /** One line. */
  what: string;
  /** One line: what to do, or the page that says it. */
  todo: string;
}

import type { MessageDescriptor, TextKey, TextParams } from '#texts';

/**
 * An LDAP search filter as it was meant. Values are bytes, because that is what an escape of RFC 4515 stands for: `\c3\bc`
 * is one letter, and a GUID is sixteen bytes that are no text at all.
 */
export type DirectoryFilter =
  | { kind: 'and' | 'or'; filters: readonly DirectoryFilter[] }
  | { kind: 'not'; filter: DirectoryFilter }
  | { kind: 'present'; attribute: string }
  | { kind: 'equal' | 'atLeast' | 'atMost' | 'approximately'; attribute: string; value: Uint8Array }
  | {
      kind: 'substrings';
      attribute: string;
      initial: Uint8Array | null;
      any: readonly Uint8Array[];
      final: Uint8Array | null;
    }
  | {
      kind: 'extensible';
      attribute: string | null;
      rule: string | null;
      /** `:dn`: parts of the entry's name count as well. */
      dn: boolean;
      value: Uint8Array;
    };

export type FilterReading =
  | { ok: true; filter: DirectoryFilter }
  | {
      ok: false;
      /** Where it stops making sense: characters from the start, from 1. */
      position: number;
      why: MessageDescriptor;
    };

/** Levels of brackets that are followed: beyond them nobody means what is written. */
const MOST_LEVELS = 50;
/** RFC 4512 2.5: a name or a numeric OID, with options. */
const ATTRIBUTE = /^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)(?:;[A-Za-z0-9-]+)*$/;
const RULE = /^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)$/;

class Unreadable extends Error {
  constructor(
    readonly position: number,
    readonly key: TextKey,
    readonly params: TextParams = {},
  ) {
    super(key);
  }
}

/** Reads a filter by the grammar of RFC 4515. Blanks around brackets are let pass, as most programs do. */
export function readDirectoryFilter(text: string): FilterReading {
  try {
    return { ok: true, filter: new FilterReader(text).whole() };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const { position, key, params } = error;
    return { ok: false, position: position + 1, why: { key, params } };
  }
}

class FilterReader {
  private at = 0;

  constructor(private readonly text: string) {}

  whole(): DirectoryFilter {
    this.blanks();
    const filter = this.filter(0);
    this.blanks();
    if (this.at < this.text.length) throw new Unreadable(this.at, 'filter.textAfter');
    return filter;
  }

  private filter(level: number): DirectoryFilter {
    const opened = this.at;
    if (level > MOST_LEVELS) throw new Unreadable(opened, 'filter.tooDeep', { most: MOST_LEVELS });
    if (this.text[this.at] !== '(') throw new Unreadable(opened, 'filter.opensMissing');
    this.at += 1;
    this.blanks();
    const filter = this.content(level, opened);
    this.blanks();
    if (this.text[this.at] !== ')') {
      throw this.at < this.text.length
        ? new Unreadable(this.at, 'filter.closesMissing', { opened: opened + 1 })
        : new Unreadable(opened, 'filter.notClosed');
    }
    this.at += 1;
    return filter;
  }

  private content(level: number, opened: number): DirectoryFilter {
    const operator = this.text[this.at];
    if (operator === '!') {
      this.at += 1;
      this.blanks();
      return { kind: 'not', filter: this.filter(level + 1) };
    }
    if (operator !== '&' && operator !== '|') return this.item(opened);
    this.at += 1;
    const filters: DirectoryFilter[] = [];
    for (;;) {
      this.blanks();
      if (this.text[this.at] !== '(') break;
      filters.push(this.filter(level + 1));
    }
    // `(&)` and `(|)` are true and false of RFC 4526, which AD does not know and nobody types on purpose
    if (filters.length === 0) throw new Unreadable(this.at, 'filter.nothingToJoin', { operator });
    return { kind: operator === '&' ? 'and' : 'or', filters };
  }

  private item(opened: number): DirectoryFilter {
    const start = this.at;
    const match = /^([^=()<>~:]*)(:[^=()]*:=|:=|[<>~]?=)/.exec(this.text.slice(start));
    if (!match) {
      throw /[()]/.test(this.text.slice(start))
        ? new Unreadable(start, 'filter.noComparison')
        : new Unreadable(opened, 'filter.notClosed');
    }
    const [whole, name = '', operator = ''] = match;
    const attribute = name.trim();
    this.at += whole.length;
    if (operator.endsWith(':=')) return this.extensible(attribute, operator, start);
    if (!ATTRIBUTE.test(attribute)) throw new Unreadable(start, 'filter.noAttribute', { name: attribute });
    if (operator !== '=') {
      const kind = operator === '>=' ? 'atLeast' : operator === '<=' ? 'atMost' : 'approximately';
      return { kind, attribute, value: this.value() };
    }
    return this.equalOrParts(attribute);
  }

  private extensible(attribute: string, operator: string, start: number): DirectoryFilter {
    const parts = operator.slice(0, -2).split(':').slice(1);
    const dn = parts[0]?.toLowerCase() === 'dn';
    const [rule = null, ...further] = dn ? parts.slice(1) : parts;
    const isNamed = attribute === '' ? rule !== null : ATTRIBUTE.test(attribute);
    if (!isNamed || further.length > 0 || (rule !== null && !RULE.test(rule))) {
      throw new Unreadable(start, 'filter.badRule');
    }
    return { kind: 'extensible', attribute: attribute || null, rule, dn, value: this.value() };
  }

  private equalOrParts(attribute: string): DirectoryFilter {
    const parts = [this.value(true)];
    while (this.text[this.at] === '*') {
      this.at += 1;
      parts.push(this.value(true));
    }
    const [first] = parts;
    if (parts.length === 1 && first) return { kind: 'equal', attribute, value: first };
    const filled = parts.filter((part) => part.length > 0);
    if (filled.length === 0) return { kind: 'present', attribute };
    const last = parts.at(-1);
    return {
      kind: 'substrings',
      attribute,
      initial: first?.length ? first : null,
      any: parts.slice(1, -1).filter((part) => part.length > 0),
      final: last?.length ? last : null,
    };
  }

  /** Up to the bracket that closes the item, or to a `*` between parts. */
  private value(inParts = false): Uint8Array {
    const bytes: number[] = [];
    while (this.at < this.text.length) {
      const character = String.fromCodePoint(this.text.codePointAt(this.at) ?? 0);
      if (character === ')' || (inParts && character === '*')) break;
      if (character === '(' || character === '*' || character === '\0') {
        throw new Unreadable(this.at, 'filter.mustBeEscaped', {
          character: character === '\0' ? 'NUL' : character,
        });
      }
      if (character === '\\') bytes.push(this.escape());
      else {
        bytes.push(...new TextEncoder().encode(character));
        this.at += character.length;
      }
    }
    return Uint8Array.from(bytes);
  }

  private escape(): number {
    const digits = this.text.slice(this.at + 1, this.at + 3);
    if (!/^[0-9a-f]{2}$/i.test(digits)) throw new Unreadable(this.at, 'filter.badEscape');
    this.at += 3;
    return Number.parseInt(digits, 16);
  }

  private blanks(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at += 1;
  }
}

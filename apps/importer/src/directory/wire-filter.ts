import {
  AndFilter,
  type BerWriter,
  Filter,
  NotFilter,
  OrFilter,
  PresenceFilter,
  SearchFilter,
  type SearchFilterValues,
} from 'ldapts';
import { readDirectoryFilter, type DirectoryFilter } from '#domain';
import { ImportFailure } from '../runs/import-failure.js';

/** Context tags of RFC 4511, 4.5.1.7: SubstringFilter and MatchingRuleAssertion. */
const PART = { initial: 0x80, any: 0x81, final: 0x82 } as const;
const RULE = { rule: 0x81, attribute: 0x82, value: 0x83, dn: 0x84 } as const;

/** Values go out as the bytes they are: ldapts turns an escape above 7F into a letter, and that into two bytes. */
abstract class BytesFilter extends Filter {
  constructor(private readonly text: string) {
    super();
  }

  override toString(): string {
    return this.text;
  }

  protected bytes(writer: BerWriter, value: Uint8Array, tag: number): void {
    writer.writeBuffer(Buffer.from(value), tag);
  }
}

type Comparison = Extract<DirectoryFilter, { value: Uint8Array; attribute: string }>;
const OCTET_STRING = 0x04;

class ComparisonFilter extends BytesFilter {
  readonly type: SearchFilterValues;

  constructor(
    private readonly meant: Exclude<Comparison, { kind: 'extensible' }>,
    type: SearchFilterValues,
  ) {
    super(`(${meant.attribute} ${meant.kind})`);
    this.type = type;
  }

  protected override writeFilter(writer: BerWriter): void {
    writer.writeString(this.meant.attribute);
    this.bytes(writer, this.meant.value, OCTET_STRING);
  }
}

class PartsFilter extends BytesFilter {
  readonly type = SearchFilter.substrings;

  constructor(private readonly meant: Extract<DirectoryFilter, { kind: 'substrings' }>) {
    super(`(${meant.attribute} substrings)`);
  }

  protected override writeFilter(writer: BerWriter): void {
    const { attribute, initial, any, final } = this.meant;
    writer.writeString(attribute);
    writer.startSequence();
    if (initial) this.bytes(writer, initial, PART.initial);
    for (const part of any) this.bytes(writer, part, PART.any);
    if (final) this.bytes(writer, final, PART.final);
    writer.endSequence();
  }
}

class RuleFilter extends BytesFilter {
  readonly type = SearchFilter.extensibleMatch;

  constructor(private readonly meant: Extract<DirectoryFilter, { kind: 'extensible' }>) {
    super(`(${meant.attribute ?? ''}:${meant.rule ?? ''}:)`);
  }

  protected override writeFilter(writer: BerWriter): void {
    const { attribute, rule, dn, value } = this.meant;
    if (rule !== null) writer.writeString(rule, RULE.rule);
    if (attribute !== null) writer.writeString(attribute, RULE.attribute);
    this.bytes(writer, value, RULE.value);
    // DER: the default is not written
    if (dn) writer.writeBoolean(dn, RULE.dn);
  }
}

/** A filter as ldapts sends it. */
function wireFilter(filter: DirectoryFilter): Filter {
  switch (filter.kind) {
    case 'and':
      return new AndFilter({ filters: filter.filters.map(wireFilter) });
    case 'or':
      return new OrFilter({ filters: filter.filters.map(wireFilter) });
    case 'not':
      return new NotFilter({ filter: wireFilter(filter.filter) });
    case 'present':
      return new PresenceFilter({ attribute: filter.attribute });
    case 'equal':
      return new ComparisonFilter(filter, SearchFilter.equalityMatch);
    case 'atLeast':
      return new ComparisonFilter(filter, SearchFilter.greaterOrEqual);
    case 'atMost':
      return new ComparisonFilter(filter, SearchFilter.lessOrEqual);
    case 'approximately':
      return new ComparisonFilter(filter, SearchFilter.approxMatch);
    case 'substrings':
      return new PartsFilter(filter);
    case 'extensible':
      return new RuleFilter(filter);
  }
}

/** A filter that somebody has typed. @throws ImportFailure FILTER_INVALID, with the position */
export function typedFilter(text: string): Filter {
  const read = readDirectoryFilter(text);
  if (read.ok) return wireFilter(read.filter);
  throw new ImportFailure('FILTER_INVALID', 'directory.badFilterAt', {
    filter: text.slice(0, 200),
    position: read.position,
    why: { key: read.why.key, params: read.why.params ?? {} },
  });
}

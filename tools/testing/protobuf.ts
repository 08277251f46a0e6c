/** Values of one field of a message: numbers as they are on the wire, everything else as bytes. */
type Value = bigint | Buffer;

/** A Protocol Buffers message as it is on the wire: by the numbers of its fields, without knowing what they mean. */
export class WireMessage {
  private readonly fields = new Map<number, Value[]>();

  /** @throws RangeError for bytes that are no such message */
  constructor(bytes: Buffer) {
    let at = 0;
    const varint = (): bigint => {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const byte = bytes.readUInt8(at++);
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
    };
    const take = (length: number): Buffer => {
      if (at + length > bytes.length) throw new RangeError('the message ends within a field');
      return bytes.subarray(at, (at += length));
    };
    while (at < bytes.length) {
      const key = Number(varint());
      const value = valueOf(key & 7, varint, take);
      this.fields.set(key >> 3, [...(this.fields.get(key >> 3) ?? []), value]);
    }
  }

  messages(field: number): WireMessage[] {
    return this.all(field).map((value) => new WireMessage(toBytes(value)));
  }

  text(field: number): string {
    return this.all(field)
      .map((value) => toBytes(value).toString())
      .join('');
  }

  hex(field: number): string {
    return this.all(field)
      .map((value) => toBytes(value).toString('hex'))
      .join('');
  }

  number(field: number): bigint {
    const [value = 0n] = this.all(field);
    return typeof value === 'bigint' ? value : 0n;
  }

  /** A `double`. */
  double(field: number): number {
    const bits = Buffer.alloc(8);
    bits.writeBigUInt64LE(this.number(field));
    return bits.readDoubleLE();
  }

  has(field: number): boolean {
    return this.fields.has(field);
  }

  private all(field: number): readonly Value[] {
    return this.fields.get(field) ?? [];
  }
}

function valueOf(wireType: number, varint: () => bigint, take: (length: number) => Buffer): Value {
  switch (wireType) {
    case 0:
      return varint();
    case 1:
      return take(8).readBigUInt64LE();
    case 2:
      return take(Number(varint()));
    case 5:
      return BigInt(take(4).readUInt32LE());
    default:
      throw new RangeError(`there is no wire type ${wireType}`);
  }
}

function toBytes(value: Value): Buffer {
  if (typeof value === 'bigint') throw new RangeError('a number where bytes were expected');
  return value;
}

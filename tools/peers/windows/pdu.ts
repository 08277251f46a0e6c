// PDUs of DCE/RPC (C706, chapter 12) and calls of the service manager (MS-SCMR, section 3.1.4).
const REQUEST = 0;
const RESPONSE = 2;
const STUB = 24;
const QUERY_STATUS = 6;
const OPEN_MANAGER_W = 15;
const START_SERVICE_W = 19;
const OPEN_MANAGER_A = 27;
const START_SERVICE_A = 31;
const QUERY_STATUS_EX = 40;
const HANDLE_SIZE = 20;
const STATUS_SIZE = 28;
/** SERVICE_STATUS_PROCESS: SERVICE_STATUS, process id and flags. */
const STATUS_EX_SIZE = STATUS_SIZE + 8;
const ACCESS_DENIED = 5;

const kindOf = (pdu: Buffer): number => pdu.readUInt8(2);
const callOf = (pdu: Buffer): Buffer => pdu.subarray(12, 16);

/** A PDU of this kind, whole in one fragment, that belongs to the same call as another. */
function whole(kind: number, like: Buffer, last8: Buffer, stub: Buffer): Buffer {
  const head = Buffer.alloc(16);
  head.set([5, 0, kind, 3, 0x10]); // version 5.0, first and last fragment, little endian
  head.writeUInt16LE(STUB + stub.length, 8);
  head.set(callOf(like), 12);
  last8.writeUInt32LE(stub.length, 0);
  return Buffer.concat([head, last8, stub]);
}

/**
 * The calls on one open pipe of Wine's service manager, made so that Windows' own clients understand the answers: Wine
 * answers every call as number 1, has no QueryServiceStatus, and lets everybody in.
 */
export class ServiceCalls {
  private readonly isAdmin: boolean;
  private lastRequest: Buffer | undefined;

  /** @param isAdmin whether the manager lets the caller in */
  constructor(isAdmin: boolean) {
    this.isAdmin = isAdmin;
  }

  startsService(pdu: Buffer): boolean {
    return [START_SERVICE_W, START_SERVICE_A].includes(this.operation(pdu) ?? -1);
  }

  /** What Wine is asked in place of this; or the answer, where it is not asked. */
  request(pdu: Buffer): { request: Buffer; refusal?: undefined } | { request?: undefined; refusal: Buffer } {
    const operation = this.operation(pdu);
    if (!this.isAdmin && (operation === OPEN_MANAGER_W || operation === OPEN_MANAGER_A)) {
      const noHandle = Buffer.alloc(HANDLE_SIZE + 4);
      noHandle.writeUInt32LE(ACCESS_DENIED, HANDLE_SIZE);
      return { refusal: whole(RESPONSE, pdu, Buffer.alloc(8), noHandle) };
    }
    this.lastRequest = pdu;
    if (operation !== QUERY_STATUS) return { request: pdu };
    const last8 = Buffer.from(pdu.subarray(16, STUB));
    last8.writeUInt16LE(QUERY_STATUS_EX, 6);
    const stub = Buffer.alloc(HANDLE_SIZE + 8); // the handle, level SC_STATUS_PROCESS_INFO, the room for the answer
    pdu.copy(stub, 0, STUB, STUB + HANDLE_SIZE);
    stub.writeUInt32LE(STATUS_EX_SIZE, HANDLE_SIZE + 4);
    return { request: whole(REQUEST, pdu, last8, stub) };
  }

  /** What the caller gets in place of Wine's answer. */
  answer(pdu: Buffer): Buffer {
    const asked = this.lastRequest;
    if (asked === undefined) return pdu;
    if (kindOf(pdu) === RESPONSE && this.operation(asked) === QUERY_STATUS) {
      // Ex answers with the size of its array, the array, the bytes needed and the error
      const status = pdu.subarray(STUB + 4, STUB + 4 + STATUS_SIZE);
      const error = pdu.subarray(pdu.length - 4);
      return whole(RESPONSE, asked, Buffer.from(pdu.subarray(16, STUB)), Buffer.concat([status, error]));
    }
    const answer = Buffer.from(pdu);
    answer.set(callOf(asked), 12);
    return answer;
  }

  private operation(pdu: Buffer): number | undefined {
    return kindOf(pdu) === REQUEST ? pdu.readUInt16LE(22) : undefined;
  }
}

/** The SIDs of a domain's accounts and groups (S-1-5-…) that are anywhere in a marshalled token. */
export function sidsIn(token: Buffer): string[] {
  const sids: string[] = [];
  const authority = Buffer.from([0, 0, 0, 0, 0, 5]);
  for (let at = token.indexOf(authority); at !== -1; at = token.indexOf(authority, at + 1)) {
    const count = at >= 2 && token[at - 2] === 1 ? (token[at - 1] ?? 0) : 0;
    const from = at + authority.length;
    if (count < 1 || count > 15 || from + 4 * count > token.length) continue;
    sids.push(
      ['S-1-5', ...Array.from({ length: count }, (_, index) => token.readUInt32LE(from + 4 * index))].join(
        '-',
      ),
    );
  }
  return sids;
}

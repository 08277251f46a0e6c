import type { Entry, ServiceState } from '../../computer/windows/door.js';
import type { NativeSign } from '../../failures/failure.js';

// What Samba's programs print. They end with 1 or 255 whatever happened: only their words tell what.

/** Statuses of a connection that is no more, whatever was asked over it. */
const LOST =
  /^NT_STATUS_(?:CONNECTION_(?:RESET|DISCONNECTED|REFUSED|ABORTED|INVALID)|IO_TIMEOUT|(?:HOST|NETWORK)_UNREACHABLE|END_OF_FILE|INVALID_NETWORK_RESPONSE|NETWORK_(?:NAME_DELETED|SESSION_EXPIRED)|USER_SESSION_DELETED|(?:LOCAL|REMOTE)_DISCONNECT|VIRTUAL_CIRCUIT_CLOSED|PIPE_(?:BROKEN|DISCONNECTED))$/;

/** Drops what is said of the descriptor that the password comes on, each time it is not asked for, and of settings. */
export function withoutNoise(text: string): string {
  return text
    .replaceAll(
      /^(?:Error reading password from file descriptor|lpcfg_do_global_parameter: WARNING).*\n?/gm,
      '',
    )
    .replaceAll(/^\n+|\s+$/g, '');
}

/** The status that a text names: the last one that is an error; '' for none. */
export function statusOf(text: string): string {
  const named = [...text.matchAll(/\b(?:NT_STATUS|WERR)_\w+/g)].map(([status]) => status);
  return named.findLast((status) => status !== 'NT_STATUS_OK' && status !== 'WERR_OK') ?? '';
}

/** What a program said, as the sign of a failure. */
export function signOf(text: string, exit: number | string): NativeSign {
  const status = statusOf(text);
  const words = text.slice(-1000);
  if (status.startsWith('NT_STATUS_')) return { system: 'ntstatus', code: status, text: words };
  if (status.startsWith('WERR_')) return { system: 'werror', code: status, text: words };
  return { system: 'samba', code: `${exit}`, text: words };
}

export function isConnectionLost(status: string): boolean {
  return LOST.test(status);
}

/** Whether a status says that there is nothing of that name. */
export function isMissing(status: string): boolean {
  return /^NT_STATUS_(?:NO_SUCH_FILE|OBJECT_(?:NAME|PATH)_NOT_FOUND)$/.test(status);
}

/** Reads what `ls` prints: two blanks, the name, attributes, size, date. */
export function parseListing(text: string): Entry[] {
  return text.split('\n').flatMap((line): Entry[] => {
    const found = /^ {2}(\S.*?)\s+([A-Za-z]*)\s+(\d+) {2}\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}$/.exec(
      line,
    );
    if (!found) return [];
    const [, name = '', attributes = '', size = ''] = found;
    if (name === '.' || name === '..') return [];
    return [{ name, isFolder: attributes.includes('D'), size: Number(size) }];
  });
}

/** Free space, KiB, as the last line of a listing tells it; null when it does not. */
export function parseFreeKiB(text: string): number | null {
  const found = /blocks of size (\d+)\. (\d+) blocks available/.exec(text);
  return found ? Math.floor((Number(found[1]) * Number(found[2])) / 1024) : null;
}

/** Reads what `net rpc service status` prints; null when it is something else. */
export function parseServiceState(text: string): ServiceState | null {
  if (/WERR_(?:NO_SUCH_SERVICE|SERVICE_DOES_NOT_EXIST|SERVICE_MARKED_FOR_DELETE)/.test(text)) return 'absent';
  const state = /^\S+ service is ([a-z ]+)\./m.exec(text)?.[1];
  if (state === undefined) return null;
  return state === 'stopped' || state === 'running' ? state : 'other';
}

import { EXIT, type Command } from '../program/command.js';
import { UsageFault } from '../program/faults.js';
import { readOptions } from '../program/options.js';
import { demandPassphrase } from '../program/passphrase.js';
import { ProgressLine, sizeText } from '../program/progress-line.js';
import { verifyArchive, type VerifiedArchive } from './verified-archive.js';

const HELP = `relaypoint-admin verify: whether a backup is whole and can be restored

  relaypoint-admin verify --from FILE [--passphrase-file FILE] [--json]

Reads all of it and changes nothing; needs neither database nor servers. Looks at the digest of every part and of the whole,
counts, every document against what this version stores, and whether the keys are those of the database.

  --from FILE               the backup
  --passphrase-file FILE    when it is encrypted; or set RELAYPOINT_BACKUP_PASSPHRASE
  --json                    what is in it, as JSON on standard output

Exit code: 0 whole; 1 it cannot be read, or the passphrase is missing; 2 it is damaged or not whole, the passphrase is wrong,
           or a later version of Relaypoint made it; 130 interrupted.
`;

/** `relaypoint-admin verify`. */
export const verifyCommand: Command = {
  summary: 'whether a backup is whole and can be restored',
  help: HELP,
  run: async (args, { env, signal, out, terminal }) => {
    const options = readOptions(args, {
      from: { type: 'string' },
      'passphrase-file': { type: 'string' },
      json: { type: 'boolean', default: false },
    });
    const { from } = options;
    if (from === undefined) throw new UsageFault('--from FILE says which backup');
    const progress = new ProgressLine(terminal);
    const found = await verifyArchive(from, {
      passphrase: () => demandPassphrase(options['passphrase-file'], env),
      signal,
      onProgress: (read, of) => progress.show(() => `${sizeText(read)} of ${sizeText(of)} read`),
    }).finally(() => progress.clear());
    const { about, manifest, documents, later } = found;
    const { begunAt, version, withKeys } = about;
    const { serverKeys, incompleteBlobs } = manifest;
    const json = {
      begunAt,
      version,
      withKeys,
      serverKey: serverKeys?.signing ?? null,
      documents,
      incompleteBlobs,
      later,
    };
    out.write(options.json ? `${JSON.stringify(json, null, 2)}\n` : textOf(from, found));
    return later.length > 0 ? EXIT.damaged : EXIT.done;
  },
};

function textOf(file: string, { about, manifest, documents, later }: VerifiedArchive): string {
  const list = Object.entries(documents)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => `  ${name.padEnd(24)} ${String(count).padStart(9)}\n`);
  const verdict =
    later.length > 0
      ? `whole, but made by a later version of Relaypoint (${later.join(', ')}): restore it by that one`
      : 'whole';
  return (
    `${file}: ${verdict}\n` +
    `begun at ${about.begunAt}, Relaypoint ${about.version}, ${about.withKeys ? 'with' : 'WITHOUT'} keys` +
    `${manifest.serverKeys ? `, server key ${manifest.serverKeys.signing}` : ''}\n` +
    list.join('') +
    manifest.incompleteBlobs
      .map((id) => `  file ${id} was deleted while it was read, and is left out\n`)
      .join('')
  );
}

import { type PendingLink, printable, RESTORED_ACTION } from '#domain';
import { storedAudit, withDatabase } from '#persistence';
import { type ChainFault, verifyChain } from '#sealing';
import { adminEnv, databaseOf } from '../program/admin-env.js';
import { type Command, type CommandContext, EXIT } from '../program/command.js';
import { CommandFault } from '../program/faults.js';
import { readOptions } from '../program/options.js';
import { ProgressLine } from '../program/progress-line.js';
import { trustedKeys } from './trusted-keys.js';
import {
  furtherFaults,
  jsonOf,
  type Restore,
  restoreIn,
  type Result,
  textOf,
} from './verify-audit-result.js';
import { readWitnesses } from './witness-files.js';

/** Faults that are written out; the others are counted. */
const SHOWN = 100;
/** Entries were removed by the server while they were read: read again, so often at most. */
const TRIES = 3;

const HELP = `relaypoint-admin verify-audit: whether the audit is what was written into it

  relaypoint-admin verify-audit [--witness FILE]... [--key FINGERPRINT]... [--unarchived] [--checkpoint] [--json]

  --witness FILE      checkpoints that somebody kept elsewhere, one JSON object a line: a DP's audit-witness.ndjson,
                      or what --checkpoint of an earlier run has printed
  --key FINGERPRINT   SHA256:... of a server key that has signed checkpoints, beside the one of this machine: of before
                      the keys were replaced, or where the keys are not on this machine
  --unarchived        entries may have been removed without an archive: the setting removeUnarchived was on
  --checkpoint        prints the newest checkpoint as a line, to be kept elsewhere
  --json              findings and figures as JSON on standard output

It only reads, while servers go on. It names each entry that was changed, removed, put in or moved, by its sequence; a
cut-off end; checkpoints that were changed, taken out or not signed by a key that counts; and what contradicts a witness;
entries that no server links, or that have waited for it for more than ten minutes; and what was removed without an archive.
Removals are listed with their time and archive, restores with their backup: look whether they are yours.
docs/security.md, "The audit", tells what it cannot show.

Exit code: 0 the audit holds; 1 it could not be verified; 2 it does not hold.
`;

/** `relaypoint-admin verify-audit`. */
export const verifyAuditCommand: Command = {
  summary: 'whether the audit is what was written into it',
  help: HELP,
  run: async (args, context) => {
    const options = readOptions(args, {
      witness: { type: 'string', multiple: true, default: [] },
      key: { type: 'string', multiple: true, default: [] },
      unarchived: { type: 'boolean', default: false },
      checkpoint: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    });
    const env = adminEnv(context.env);
    const witnesses = await readWitnesses(options.witness);
    const result = await withDatabase(databaseOf(env), async (db) => {
      const keys = await trustedKeys(db, env, options.key, (text) =>
        context.terminal.write(`${printable(text)}\n`),
      );
      const audit = storedAudit(db);
      const { count, foreign } = await audit.unlinked();
      if (!(await audit.head()) && witnesses.length === 0 && count + foreign === 0) {
        throw new CommandFault('this database has no audit yet: no server of this version has run on it');
      }
      for (let tries = 1; ; tries += 1) {
        const before = await audit.removed();
        const verified = await verify(audit, witnesses, keys, context);
        const hasMoved = (await audit.removed()) !== before;
        if (verified.count === 0 || !hasMoved || tries === TRIES) {
          const unlinked = await audit.unlinked();
          const further = furtherFaults(verified.end, unlinked, options.unarchived);
          const faults = [...verified.faults, ...further];
          const restores = [...verified.restores, ...unlinked.restores.map((row) => restoreIn(row, null))];
          return { ...verified, restores, faults, count: verified.count + further.length, unlinked };
        }
      }
    });
    context.out.write(options.json ? `${jsonOf(result, 2)}\n` : textOf(result));
    if (options.checkpoint && result.newest) context.out.write(`${jsonOf(result.newest)}\n`);
    return result.count > 0 ? EXIT.damaged : EXIT.done;
  },
};

async function verify(
  audit: ReturnType<typeof storedAudit>,
  witnesses: Awaited<ReturnType<typeof readWitnesses>>,
  isTrusted: (key: string) => boolean,
  { signal, terminal }: CommandContext,
): Promise<Omit<Result, 'unlinked'>> {
  const progress = new ProgressLine(terminal);
  // of the same moment as the end that is demanded: the first one that is asked for
  let pending: readonly PendingLink[] | null = null;
  let read = 0;
  let newest: Readonly<Record<string, unknown>> | null = null;
  const restores: Restore[] = [];
  const walk = verifyChain({
    head: async () => {
      const head = await audit.head();
      pending ??= head?.pending ?? [];
      return head;
    },
    removing: audit.removing,
    rows: async function* () {
      for await (const one of audit.rows(pending ?? [])) {
        signal.throwIfAborted();
        read += 1;
        progress.show(() => `${read.toLocaleString('en')} entries`);
        if (one.row['action'] === RESTORED_ACTION) restores.push(restoreIn(one.row, one.link));
        yield one;
      }
    },
    checkpoints: async function* () {
      for await (const one of audit.checkpoints()) {
        newest = one;
        yield one;
      }
    },
    witnesses,
    isTrusted,
  });
  const faults: ChainFault[] = [];
  for (let count = 0; ; count += 1) {
    const next = await walk.next();
    if (next.done) {
      progress.clear();
      return { faults, count, end: next.value, newest, restores };
    }
    if (count < SHOWN) faults.push(next.value);
  }
}

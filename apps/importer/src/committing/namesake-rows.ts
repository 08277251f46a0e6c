import { Injectable } from '@nestjs/common';
import {
  applyRow,
  candidateOfRow,
  decideRow,
  decisionsOf,
  DomainError,
  importChangedEvent,
  KEEPS_DP,
  rowMessage,
  type ImportMessage,
  type ImportRow,
  type ImportRun,
  type RunRules,
  type TimelineEvent,
} from '#domain';
import { ComputerRepository, retryWhenBeaten, type RowMark } from '#persistence';
import { loadHolders } from '../staging/known-lookup.js';

/** What a batch did, to be told on its rows and on the computers' timelines. */
export interface Done {
  marks: RowMark[];
  events: TimelineEvent[];
}

/** Rows that are no computer of their own by a person's decision, and those that nobody has decided on. */
@Injectable()
export class NamesakeRows {
  constructor(private readonly computers: ComputerRepository) {}

  async settle(rows: readonly ImportRow[], run: ImportRun): Promise<Done> {
    const decisionOf = decisionsOf(run);
    const rules: RunRules = { directory: run.directory, withoutDp: run.options.withoutDp ?? null };
    const done: Done = { marks: [], events: [] };
    for (const row of rows) {
      const say = (
        code: 'UNDECIDED' | 'SAME_COMPUTER',
        key: 'row.undecided' | 'row.sameAsLine',
      ): RowMark => ({
        id: row.id,
        outcome: code === 'UNDECIDED' ? 'rejected' : 'known',
        messages: [
          ...row.messages,
          rowMessage(candidateOfRow(row), code, key, { line: row.namesake?.line ?? 0 }),
        ],
      });
      if (decisionOf(row) === null) done.marks.push(say('UNDECIDED', 'row.undecided'));
      else if (!row.namesake?.computer) done.marks.push(say('SAME_COMPUTER', 'row.sameAsLine'));
      else await this.join(row, run, rules, done);
    }
    return done;
  }

  /** Brings the known computer that a row is about up to date. */
  private async join(row: ImportRow, run: ImportRun, rules: RunRules, done: Done): Promise<void> {
    const candidate = { ...candidateOfRow(row), isSame: true as const };
    const mark = (outcome: RowMark['outcome'], messages: readonly ImportMessage[]): RowMark => ({
      id: row.id,
      outcome,
      computer: row.namesake?.computer ?? null,
      messages: [...row.messages, ...messages],
    });
    const now = new Date();
    const settled = await retryWhenBeaten(`computer ${row.namesake?.computer}`, async () => {
      const id = row.namesake?.computer;
      const computer = id ? await this.computers.findById([run.tenant], id) : null;
      if (!computer) {
        const gone = rowMessage(candidate, 'COMPUTER_GONE', 'row.deletedSince', { name: row.hostName });
        return { ...mark('rejected', [gone]), computer: null };
      }
      const known = await loadHolders(this.computers, run.tenant, [candidate]);
      const choice = { dp: row.dp, by: row.assignedBy ?? KEEPS_DP, refusal: null };
      const decision = decideRow(candidate, choice, rules, known, computer);
      if (decision.verdict === 'rejected') return mark('rejected', decision.messages);
      if (decision.verdict !== 'changed') return mark('known', decision.messages);
      const wanted = applyRow(candidate, run.directory, computer, decision.changes);
      try {
        const stored = await this.computers.replace(wanted);
        if (!stored) return undefined;
        done.events.push(importChangedEvent(stored, run, { ...row, changes: decision.changes }, now));
        return mark('changed', decision.messages);
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== 'DUPLICATE') throw error;
        const taken = rowMessage(candidate, 'NAME_TAKEN', 'row.computerNameTaken', { name: row.hostName });
        return mark('rejected', [taken]);
      }
    });
    done.marks.push(settled);
  }
}

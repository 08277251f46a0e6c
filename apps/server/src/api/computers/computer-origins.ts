import { Injectable } from '@nestjs/common';
import type { Computer, TenantScope } from '#domain';
import { ImportRowRepository, ImportRunRepository } from '#persistence';
import type { OriginDto } from './computer.dto.js';

/** Where computers come from. */
@Injectable()
export class ComputerOrigins {
  constructor(
    private readonly runs: ImportRunRepository,
    private readonly rows: ImportRowRepository,
  ) {}

  /** @returns null when its import has been deleted since */
  async of(
    scope: TenantScope,
    { source: { kind, run: id, row: line } }: Computer,
  ): Promise<OriginDto | null> {
    const [run, row] = await Promise.all([this.runs.findById(scope, id), this.rows.findByLine(id, line)]);
    if (!run) return null;
    const file = run.file?.name ?? null;
    return { kind, import: id, line, file, chosenBy: row?.assignedBy ?? null };
  }
}

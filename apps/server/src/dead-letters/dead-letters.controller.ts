import { Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { DomainError } from '#domain';
import { type DeadLetter, DeadLetters, Unroutable } from '#messaging';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { AuditService } from '../audit/audit.service.js';
import { ListQuery } from '../http/list-query.dto.js';
import { pageInMemory } from '../http/page-in-memory.js';
import { DeadLetterDto, DeadLetterPage } from './dead-letter.dto.js';

const MISSING = 'There is no such dead letter.';

/** Dead letters concern every tenant, so they are for those who see all. */
@ApiTags('dead-letters')
@Controller('api/v1/dead-letters')
@Needs('dead-letters.manage')
export class DeadLettersController {
  constructor(
    private readonly letters: DeadLetters,
    private readonly audit: AuditService,
  ) {}

  @Get()
  @ApiOkResponse({ type: DeadLetterPage })
  async list(@CurrentCaller() caller: Caller, @Query() query: ListQuery): Promise<DeadLetterPage> {
    demandAllTenants(caller);
    return pageInMemory(await this.letters.list(), query);
  }

  /** Puts a letter on its queue again. */
  @Post(':id/replay')
  @HttpCode(200)
  @ApiOkResponse({ type: DeadLetterDto })
  async replay(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<DeadLetterDto> {
    demandAllTenants(caller);
    const letter = (await this.letters.list()).find((one) => one.id === id);
    if (!letter) throw new DomainError('NOT_FOUND', MISSING);
    if (letter.origin === null)
      throw new DomainError('WRONG_STATE', 'Where this letter came from is not known.');
    try {
      if (!(await this.letters.replay(id))) throw new DomainError('NOT_FOUND', MISSING);
    } catch (error) {
      if (!(error instanceof Unroutable)) throw error;
      throw new DomainError('WRONG_STATE', `Its queue ${letter.origin} does not exist.`);
    }
    await this.audit.record(caller, 'dead-letter.replayed', `dead-letter:${id}`, { before: told(letter) });
    return letter;
  }

  /** Throws a letter away. */
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  async discard(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    demandAllTenants(caller);
    const letter = (await this.letters.list()).find((one) => one.id === id);
    if (!letter || !(await this.letters.discard(id))) throw new DomainError('NOT_FOUND', MISSING);
    const data = { before: told(letter) };
    await this.audit.record(caller, 'dead-letter.discarded', `dead-letter:${id}`, data);
  }
}

function demandAllTenants(caller: Caller): void {
  if (caller.tenants !== 'all') {
    throw new DomainError('FORBIDDEN', 'Dead letters are for those who may see all tenants.');
  }
}

/** What of a letter stands in the audit. Its content may hold what is not for everybody who reads the audit. */
function told({ queue, origin, reason, deliveries }: DeadLetter): Record<string, unknown> {
  return { queue, origin, reason, deliveries };
}

import { Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags, ApiOperation } from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { type Caller, DomainError } from '#domain';
import { type DeadLetter, DeadLetters, Unroutable } from '#messaging';
import { type Language, textIn } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ListQuery } from '../../platform/http/list-query.dto.js';
import { pageInMemory } from '../../platform/http/page-in-memory.js';
import { DeadLetterDto, DeadLetterPage } from './dead-letter.dto.js';
import { RequestLanguage } from '../../platform/http/request-language.js';
import { mapPage } from '../../platform/http/page.dto.js';

const MISSING = 'notFound.deadLetter';

/** Dead letters concern every tenant, so they are for those who see all. */
@ApiTags('dead-letters')
@Controller('api/v1/dead-letters')
@RequirePermission('dead-letters.manage')
export class DeadLettersController {
  constructor(
    private readonly letters: DeadLetters,
    private readonly audit: AuditService,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listDeadLetters',
    summary: 'List dead letters',
    description: 'Messages that could not be processed. For callers who see all tenants.',
  })
  @ApiOkResponse({ type: DeadLetterPage })
  async list(
    @CurrentCaller() caller: Caller,
    @Query() query: ListQuery,
    @RequestLanguage() language: Language,
  ): Promise<DeadLetterPage> {
    demandAllTenants(caller);
    return mapPage(pageInMemory(await this.letters.list(), query), (letter) => letterDto(letter, language));
  }

  @Post(':id/replay')
  @ApiOperation({
    operationId: 'replayDeadLetter',
    summary: 'Replay a dead letter',
    description: 'Puts the message back on the queue it came from.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(200)
  @ApiOkResponse({ type: DeadLetterDto })
  async replay(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @RequestLanguage() language: Language,
  ): Promise<DeadLetterDto> {
    demandAllTenants(caller);
    const letter = (await this.letters.list()).find((one) => one.id === id);
    if (!letter) throw new DomainError('NOT_FOUND', MISSING);
    if (letter.origin === null) throw new DomainError('WRONG_STATE', 'deadLetter.originUnknown');
    try {
      if (!(await this.letters.replay(id))) throw new DomainError('NOT_FOUND', MISSING);
    } catch (error) {
      if (!(error instanceof Unroutable)) throw error;
      throw new DomainError('WRONG_STATE', 'deadLetter.queueGone', { queue: letter.origin });
    }
    await this.audit.record(caller, 'dead-letter.replayed', `dead-letter:${id}`, { before: told(letter) });
    return letterDto(letter, language);
  }

  @Delete(':id')
  @ApiOperation({
    operationId: 'discardDeadLetter',
    summary: 'Discard a dead letter',
    description: 'Deletes the message.',
  })
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
    throw new DomainError('FORBIDDEN', 'deadLetter.allTenantsOnly');
  }
}

function letterDto(letter: DeadLetter, language: Language): DeadLetterDto {
  return { ...letter, reason: textIn(language, letter.reason) };
}

/** What of a letter stands in the audit. Its content may hold what is not for everybody who reads the audit. */
function told({ queue, origin, reason, deliveries }: DeadLetter): Record<string, unknown> {
  return { queue, origin, reason: textIn('en', reason), deliveries };
}

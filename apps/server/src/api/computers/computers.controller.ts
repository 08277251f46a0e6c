import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  UseInterceptors,
} from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags, ApiOperation } from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.js';
import type { Caller, ComputerId, DpId } from '#domain';
import { ComputerRepository, TimelineRepository, type ComputerSortField } from '#persistence';
import { type Language, textIn } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { IfMatch } from '../../platform/http/if-match.js';
import { ListQuery } from '../../platform/http/list-query.dto.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { pageRequest } from '../../platform/http/page-request.js';
import {
  ChangeComputerDto,
  DeleteComputersDto,
  DeleteResultsDto,
  ForceQuery,
  ReimportDto,
} from './computer-changes.dto.js';
import { ComputerRemovalService } from './computer-removal.service.js';
import { computerFilter } from './computer-view.js';
import { ComputerViews } from './computer-views.js';
import { ComputerDto, ComputerPage } from './computer.dto.js';
import { TimelinePage } from './timeline.dto.js';
import { ComputersQuery, MOST_COUNTED } from './computer-query.dto.js';
import { ComputersService } from './computers.service.js';
import { ComputerOrigins } from './computer-origins.js';
import { DpNames } from '../distribution-points/dp-names.js';
import { ProblemsNameDps } from '../distribution-points/problems-name-dps.interceptor.js';
import { timelineText } from './timeline-text.js';
import { timelineEventDto } from './timeline-view.js';
import { RequestLanguage } from '../../platform/http/request-language.js';

@ApiTags('computers')
@Controller('api/v1/computers')
@UseInterceptors(ProblemsNameDps)
@RequirePermission('computers.read')
export class ComputersController {
  constructor(
    private readonly computers: ComputersService,
    private readonly removal: ComputerRemovalService,
    private readonly views: ComputerViews,
    private readonly origins: ComputerOrigins,
    private readonly repository: ComputerRepository,
    private readonly timelines: TimelineRepository,
    private readonly dpNames: DpNames,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listComputers',
    summary: 'List computers',
    description:
      'Computers that match every filter. `folder=unregistered` is the folder "All computers (not yet registered)".',
  })
  @ApiOkResponse({ type: ComputerPage })
  async list(
    @CurrentCaller() caller: Caller,
    @Query() query: ComputersQuery,
    @RequestLanguage() language: Language,
  ): Promise<ComputerPage> {
    const { countTo = MOST_COUNTED } = query;
    const request = { ...pageRequest<ComputerSortField>(query), countTo };
    const page = await this.repository.list(caller.tenants, computerFilter(query), request);
    return { ...page, items: await this.views.many(page.items, language) };
  }

  @Post('delete')
  @ApiOperation({
    operationId: 'deleteComputers',
    summary: 'Delete computers',
    description:
      'Deletes up to 10,000 computers. Each has its own result; one that is refused does not stop the others.',
  })
  @HttpCode(200)
  @RequirePermission('computers.delete')
  @ApiOkResponse({ type: DeleteResultsDto })
  async removeMany(
    @CurrentCaller() caller: Caller,
    @Body() body: DeleteComputersDto,
    @RequestLanguage() language: Language,
  ): Promise<DeleteResultsDto> {
    const ids = [...new Set(body.computers as ComputerId[])];
    const refused = await this.removal.remove(caller, ids, body.force ?? false);
    const results = ids.map((computer) => {
      const fault = refused.get(computer);
      return fault
        ? { computer, deleted: false, code: fault.code, message: textIn(language, fault.descriptor) }
        : { computer, deleted: true, message: textIn(language, { key: 'computer.deleted' }) };
    });
    return { results, counts: { deleted: ids.length - refused.size, refused: refused.size } };
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getComputer',
    summary: 'Show a computer',
    description: 'One computer, with its state, its open order and what it waits for.',
  })
  @ApiOkResponse({ type: ComputerDto })
  async get(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @RequestLanguage() language: Language,
  ): Promise<ComputerDto> {
    const computer = await this.computers.get(caller, id as ComputerId);
    const [view, origin] = await Promise.all([
      this.views.one(computer, language),
      this.origins.of(caller.tenants, computer),
    ]);
    return { ...view, origin };
  }

  @Patch(':id')
  @ApiOperation({
    operationId: 'changeComputer',
    summary: 'Change a computer',
    description:
      'Changes description and address. The DP cannot be changed: use `reimport` before registration; location rules decide after it.',
  })
  @ApiProblems('DP_FIXED')
  @RequirePermission('computers.edit')
  @ApiOkResponse({ type: ComputerDto })
  async edit(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeComputerDto,
    @IfMatch() revision: number | null,
    @RequestLanguage() language: Language,
  ): Promise<ComputerDto> {
    const { description, address } = body;
    const edit = {
      ...(description !== undefined && { description }),
      ...(address !== undefined && { address }),
      namesDp: body.dp !== undefined,
    };
    return this.views.one(await this.computers.edit(caller, id as ComputerId, edit, revision), language);
  }

  @Delete(':id')
  @ApiOperation({
    operationId: 'deleteComputer',
    summary: 'Delete a computer',
    description:
      'Deletes a computer that is not registered, or is retired. An open order that nobody has begun is cancelled first.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(204)
  @RequirePermission('computers.delete')
  @ApiNoContentResponse()
  async remove(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: ForceQuery,
  ): Promise<void> {
    const refused = await this.removal.remove(caller, [id as ComputerId], query.force ?? false);
    const fault = refused.get(id as ComputerId);
    if (fault) throw fault;
  }

  @Get(':id/timeline')
  @ApiOperation({
    operationId: 'getComputerTimeline',
    summary: 'Show the timeline of a computer',
    description: 'Every step, newest first. The timeline of a deleted computer stays.',
  })
  @ApiOkResponse({ type: TimelinePage })
  async timeline(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: ListQuery,
    @RequestLanguage() language: Language,
  ): Promise<TimelinePage> {
    const page = await this.timelines.listByComputer(caller.tenants, id as ComputerId, pageRequest(query));
    // A deleted computer's timeline stays; one that never was has none.
    if (page.total === 0) await this.computers.get(caller, id as ComputerId);
    const named = await this.dpNames.forTexts(page.items.map(timelineText));
    return mapPage(page, (event) => timelineEventDto(event, named(timelineText(event)), language));
  }

  @Post(':id/retire')
  @ApiOperation({
    operationId: 'retireComputer',
    summary: 'Retire a computer',
    description: 'Takes a ready computer out of management.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(200)
  @RequirePermission('computers.edit')
  @ApiOkResponse({ type: ComputerDto })
  async retire(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @RequestLanguage() language: Language,
  ): Promise<ComputerDto> {
    return this.views.one(await this.computers.retire(caller, id as ComputerId), language);
  }

  @Post(':id/reimport')
  @ApiOperation({
    operationId: 'reimportComputer',
    summary: 'Import a computer again with another DP',
    description: 'Deletes the computer and imports it again with another DP, in one step.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(200)
  @RequirePermission('computers.delete')
  @ApiOkResponse({ type: ComputerDto })
  async reimport(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ReimportDto,
    @RequestLanguage() language: Language,
  ): Promise<ComputerDto> {
    return this.views.one(
      await this.computers.reimport(caller, id as ComputerId, body.dp as DpId | null),
      language,
    );
  }
}

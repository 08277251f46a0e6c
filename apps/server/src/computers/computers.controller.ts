import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { ComputerId, DpId, TimelineEvent } from '#domain';
import { ComputerRepository, TimelineRepository, type ComputerSortField } from '#persistence';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { IfMatch } from '../http/if-match.js';
import { ListQuery } from '../http/list-query.dto.js';
import { mapPage } from '../http/page.dto.js';
import { pageRequest } from '../http/page-request.js';
import { prefersGerman } from '../language/prefers-german.js';
import {
  ChangeComputerDto,
  DeleteComputersDto,
  DeleteResultsDto,
  ForceQuery,
  ReimportDto,
} from './computer-changes.dto.js';
import { ComputerRemoval } from './computer-removal.service.js';
import { computerFilter } from './computer-view.js';
import { ComputerViews } from './computer-views.js';
import { ComputerDto, ComputerPage, ComputersQuery, TimelineEventDto, TimelinePage } from './computer.dto.js';
import { Computers } from './computers.service.js';
import { timelineText, type Language } from './timeline-text.js';

@ApiTags('computers')
@Controller('api/v1/computers')
@Needs('computers.read')
export class ComputersController {
  constructor(
    private readonly computers: Computers,
    private readonly removal: ComputerRemoval,
    private readonly views: ComputerViews,
    private readonly repository: ComputerRepository,
    private readonly timelines: TimelineRepository,
  ) {}

  /** Computers; `folder=unregistered` is the folder "All computers (not yet registered)". */
  @Get()
  @ApiOkResponse({ type: ComputerPage })
  async list(@CurrentCaller() caller: Caller, @Query() query: ComputersQuery): Promise<ComputerPage> {
    const request = pageRequest<ComputerSortField>(query);
    const page = await this.repository.list(caller.tenants, computerFilter(query), request);
    return { ...page, items: await this.views.many(page.items) };
  }

  /** Deletes many; one that is refused does not stop the others. */
  @Post('delete')
  @HttpCode(200)
  @Needs('computers.delete')
  @ApiOkResponse({ type: DeleteResultsDto })
  async removeMany(
    @CurrentCaller() caller: Caller,
    @Body() body: DeleteComputersDto,
  ): Promise<DeleteResultsDto> {
    const ids = [...new Set(body.computers as ComputerId[])];
    const refused = await this.removal.remove(caller, ids, body.force ?? false);
    const results = ids.map((computer) => {
      const fault = refused.get(computer);
      return fault
        ? { computer, deleted: false, code: fault.code, message: fault.detail }
        : { computer, deleted: true, message: 'The computer is deleted.' };
    });
    return { results, counts: { deleted: ids.length - refused.size, refused: refused.size } };
  }

  @Get(':id')
  @ApiOkResponse({ type: ComputerDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<ComputerDto> {
    return this.views.one(await this.computers.get(caller, id as ComputerId));
  }

  /** Changes description and address. The DP cannot be changed: 409 `DP_FIXED` before registration (R2). */
  @Patch(':id')
  @Needs('computers.edit')
  @ApiOkResponse({ type: ComputerDto })
  async edit(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeComputerDto,
    @IfMatch() revision: number | null,
  ): Promise<ComputerDto> {
    const { description, address } = body;
    const edit = {
      ...(description !== undefined && { description }),
      ...(address !== undefined && { address }),
      namesDp: body.dp !== undefined,
    };
    return this.views.one(await this.computers.edit(caller, id as ComputerId, edit, revision));
  }

  /** Deletes a computer that is not registered or is retired. An open order is cancelled first. */
  @Delete(':id')
  @HttpCode(204)
  @Needs('computers.delete')
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

  /** What happened to a computer, newest first. */
  @Get(':id/timeline')
  @ApiOkResponse({ type: TimelinePage })
  async timeline(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: ListQuery,
    @Headers('accept-language') language: string | undefined,
  ): Promise<TimelinePage> {
    const page = await this.timelines.listByComputer(caller.tenants, id as ComputerId, pageRequest(query));
    // A deleted computer's timeline stays; one that never was has none.
    if (page.total === 0) await this.computers.get(caller, id as ComputerId);
    return mapPage(page, (event) => eventDto(event, prefersGerman(language) ? 'de' : 'en'));
  }

  /** Takes a ready computer out of management. */
  @Post(':id/retire')
  @HttpCode(200)
  @Needs('computers.edit')
  @ApiOkResponse({ type: ComputerDto })
  async retire(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<ComputerDto> {
    return this.views.one(await this.computers.retire(caller, id as ComputerId));
  }

  /** Deletes a computer and imports it again with another DP, as one guarded step (R2). */
  @Post(':id/reimport')
  @HttpCode(200)
  @Needs('computers.delete')
  @ApiOkResponse({ type: ComputerDto })
  async reimport(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ReimportDto,
  ): Promise<ComputerDto> {
    return this.views.one(await this.computers.reimport(caller, id as ComputerId, body.dp as DpId | null));
  }
}

function eventDto(event: TimelineEvent, language: Language): TimelineEventDto {
  const { id, source, kind, from, to, order, dp, data } = event;
  return {
    id,
    at: event.at.toISOString(),
    source,
    kind,
    from,
    to,
    order,
    dp,
    data,
    text: timelineText(event, language),
  };
}

import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import {
  type Caller,
  mayChangeView,
  type SavedView,
  type TenantId,
  type ViewCriterion,
  type ViewList,
} from '#domain';
import { SavedViewRepository } from '#persistence';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { IfMatch } from '../../platform/http/if-match.js';
import { pageInMemory } from '../../platform/http/page-in-memory.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { ChangeViewDto, CreateViewDto, ViewDto, ViewPage, ViewsQuery } from './view.dto.js';
import { ViewsService } from './views.service.js';

@ApiTags('views')
@Controller('api/v1/views')
@RequirePermission('views.use')
export class ViewsController {
  constructor(
    private readonly views: ViewsService,
    private readonly repository: SavedViewRepository,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listViews',
    summary: 'List saved views',
    description:
      "The caller's own, and those that are shared with the people of the caller's tenants, by name.",
  })
  @ApiOkResponse({ type: ViewPage })
  async list(@CurrentCaller() caller: Caller, @Query() query: ViewsQuery): Promise<ViewPage> {
    const found = await this.repository.visible(caller, query.list as ViewList | undefined);
    return mapPage(pageInMemory(found, query), (view) => viewDto(caller, view));
  }

  @Post()
  @ApiOperation({
    operationId: 'createView',
    summary: 'Save a view',
    description:
      'Keeps filter, sort and columns of a list under a name. With `tenant` it is shared with all people of the tenant: that takes the role operator.',
  })
  @ApiProblems('DUPLICATE', 'WRONG_STATE')
  @CreatedAt('/api/v1/views/{id}')
  @ApiCreatedResponse({ type: ViewDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() { list, name, filter, sort, columns, tenant, default: isDefault }: CreateViewDto,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
  ): Promise<ViewDto> {
    const input = {
      list: list as ViewList,
      name,
      filter: criteria(filter),
      sort: sort ?? null,
      columns: columns ?? [],
      tenant: (tenant ?? null) as TenantId | null,
      isDefault: isDefault ?? false,
    };
    return viewDto(caller, await this.views.create(caller, input, creation));
  }

  @Get(':id')
  @ApiOperation({ operationId: 'getView', summary: 'Show a saved view', description: 'One view.' })
  @ApiOkResponse({ type: ViewDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<ViewDto> {
    return viewDto(caller, await this.views.get(caller, id));
  }

  @Patch(':id')
  @ApiOperation({
    operationId: 'changeView',
    summary: 'Change a saved view',
    description:
      'Changes what the body names. A shared view is changed by its owner, with the role operator, or by administrators.',
  })
  @ApiProblems('DUPLICATE')
  @ApiOkResponse({ type: ViewDto })
  async change(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { name, filter, sort, columns, tenant, default: isDefault }: ChangeViewDto,
    @IfMatch() revision: number | null,
  ): Promise<ViewDto> {
    const change = {
      ...(name !== undefined && { name }),
      ...(filter !== undefined && { filter: criteria(filter) }),
      ...(sort !== undefined && { sort }),
      ...(columns !== undefined && { columns }),
      ...(tenant !== undefined && { tenant: tenant as TenantId | null }),
      ...(isDefault !== undefined && { isDefault }),
    };
    return viewDto(caller, await this.views.change(caller, id, change, revision));
  }

  @Delete(':id')
  @ApiOperation({
    operationId: 'deleteView',
    summary: 'Delete a saved view',
    description: 'For all who see it; nothing that it shows is deleted.',
  })
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @IfMatch() revision: number | null,
  ): Promise<void> {
    return this.views.remove(caller, id, revision);
  }
}

function criteria(filter: Record<string, string>): ViewCriterion[] {
  return Object.entries(filter).map(([name, value]) => ({ name, value }));
}

function viewDto(caller: Caller, view: SavedView): ViewDto {
  const { id, list, name, filter, sort, columns, tenant, owner, ownerName, revision } = view;
  return {
    id,
    list,
    name,
    filter: Object.fromEntries(filter.map((one) => [one.name, one.value])),
    sort,
    columns: [...columns],
    tenant,
    owner: ownerName,
    own: owner === caller.id,
    changeable: mayChangeView(caller, view),
    default: owner === caller.id && view.defaultSince !== null,
    createdAt: view.createdAt.toISOString(),
    changedAt: view.changedAt.toISOString(),
    revision,
  };
}

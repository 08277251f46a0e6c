import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { Caller, TenantId } from '#domain';
import { type Language, textIn } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { OmitOnReplay } from '../../platform/http/idempotency.interceptor.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { IfMatch } from '../../platform/http/if-match.js';
import { mentions, pageInMemory } from '../../platform/http/page-in-memory.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { RequestLanguage } from '../../platform/http/request-language.js';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import {
  ChangeNotificationTargetDto,
  CreateNotificationTargetDto,
  NotificationTargetDto,
  NotificationTargetPage,
  NotificationTargetsQuery,
  NotificationTargetWithSecretDto,
  NotificationTestDto,
  targetDto,
} from './notification-target.dto.js';
import { NotificationTargetsService } from './notification-targets.service.js';

@ApiTags('notifications')
@Controller('api/v1/notification-targets')
@RequirePermission('notifications.manage')
export class NotificationTargetsController {
  constructor(private readonly targets: NotificationTargetsService) {}

  @Get()
  @ApiOperation({
    operationId: 'listNotificationTargets',
    summary: 'List notification targets',
    description: 'Webhooks that are told of notices, without their secrets.',
  })
  @ApiOkResponse({ type: NotificationTargetPage })
  async list(
    @CurrentCaller() caller: Caller,
    @Query() query: NotificationTargetsQuery,
  ): Promise<NotificationTargetPage> {
    const { tenant, q } = query;
    const found = (await this.targets.list(caller)).filter(
      (target) =>
        (tenant === undefined || target.tenant === tenant) && mentions(q, target.name, target.origin),
    );
    const page = pageInMemory(found, query, {
      name: (target) => target.name.toLowerCase(),
      createdAt: (target) => target.createdAt,
    });
    return mapPage(page, targetDto);
  }

  @Post()
  @ApiOperation({
    operationId: 'createNotificationTarget',
    summary: 'Create a notification target',
    description:
      'The secret that webhooks are signed with is in this response only. Address and secret are stored sealed.',
  })
  @ApiProblems('DUPLICATE')
  @CreatedAt('/api/v1/notification-targets/{id}')
  @OmitOnReplay('secret')
  @ApiCreatedResponse({ type: NotificationTargetWithSecretDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body()
    { tenant, name, url, format, kinds, language = 'en', enabled = true }: CreateNotificationTargetDto,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
  ): Promise<NotificationTargetWithSecretDto> {
    const wish = { tenant: tenant as TenantId | null, name, url, format, kinds, language, enabled };
    const { target, secret } = await this.targets.create(caller, wish, creation);
    return { ...targetDto(target), secret };
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getNotificationTarget',
    summary: 'Show a notification target',
    description: 'One webhook, without its secrets.',
  })
  @ApiOkResponse({ type: NotificationTargetDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<NotificationTargetDto> {
    return targetDto(await this.targets.get(caller, id));
  }

  @Patch(':id')
  @ApiOperation({
    operationId: 'changeNotificationTarget',
    summary: 'Change a notification target',
    description: 'Changes what the body names. The secret stays.',
  })
  @ApiProblems('DUPLICATE')
  @ApiOkResponse({ type: NotificationTargetDto })
  async change(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { name, url, format, kinds, language, enabled }: ChangeNotificationTargetDto,
    @IfMatch() revision: number | null,
  ): Promise<NotificationTargetDto> {
    const change = { name, url, format, kinds, language, enabled };
    return targetDto(await this.targets.change(caller, id, change, revision));
  }

  @Delete(':id')
  @ApiOperation({
    operationId: 'deleteNotificationTarget',
    summary: 'Delete a notification target',
    description: 'What is on its way to it is not sent any more.',
  })
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @IfMatch() revision: number | null,
  ): Promise<void> {
    return this.targets.remove(caller, id, revision);
  }

  @Post(':id/rotate-secret')
  @ApiOperation({
    operationId: 'rotateNotificationTargetSecret',
    summary: 'Give a notification target a new secret',
    description:
      'The new secret is in this response only. For 24 hours webhooks carry a signature by each of both, so that the receiver can be changed meanwhile.',
  })
  @HttpCode(200)
  @OmitOnReplay('secret')
  @ApiOkResponse({ type: NotificationTargetWithSecretDto })
  async rotate(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
  ): Promise<NotificationTargetWithSecretDto> {
    const { target, secret } = await this.targets.rotate(caller, id);
    return { ...targetDto(target), secret };
  }

  @Post(':id/test')
  @ApiOperation({
    operationId: 'testNotificationTarget',
    summary: 'Test a notification target',
    description: 'Sends a test message now, once, and says what came back.',
  })
  @HttpCode(200)
  @ApiOkResponse({ type: NotificationTestDto })
  async test(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @RequestLanguage() language: Language,
  ): Promise<NotificationTestDto> {
    const { outcome, status, answer, took } = await this.targets.test(caller, id);
    const text = textIn(language, { key: `delivery.${outcome}` });
    return { outcome, text, status, answer, milliseconds: took };
  }
}

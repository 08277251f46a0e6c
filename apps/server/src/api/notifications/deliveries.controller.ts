import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '#domain';
import { DeliveryRepository } from '#persistence';
import type { Language } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { pageRequest } from '../../platform/http/page-request.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { RequestLanguage } from '../../platform/http/request-language.js';
import { DeliveriesService } from './deliveries.service.js';
import {
  DeliveriesQuery,
  deliveryDto,
  NotificationDeliveryDto,
  NotificationDeliveryPage,
} from './delivery.dto.js';

@ApiTags('notifications')
@Controller('api/v1/notification-deliveries')
@RequirePermission('notifications.manage')
export class DeliveriesController {
  constructor(
    private readonly deliveries: DeliveriesService,
    private readonly repository: DeliveryRepository,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listNotificationDeliveries',
    summary: 'List deliveries of notices',
    description:
      'What was sent to webhooks and users, newest first, with each attempt and its answer. Mails to users of several tenants are for callers who see all tenants.',
  })
  @ApiOkResponse({ type: NotificationDeliveryPage })
  async list(
    @CurrentCaller() { tenants }: Caller,
    @Query() query: DeliveriesQuery,
    @RequestLanguage() language: Language,
  ): Promise<NotificationDeliveryPage> {
    const { state, target, kind } = query;
    const filter = {
      ...(state && { state }),
      ...(target !== undefined && { target }),
      ...(kind && { kind }),
    };
    const page = await this.repository.list(tenants, filter, pageRequest(query));
    const context = await this.deliveries.contextOf(page.items, language);
    return mapPage(page, (delivery) => deliveryDto(delivery, context));
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getNotificationDelivery',
    summary: 'Show a delivery of a notice',
    description: 'One delivery, with its last attempts.',
  })
  @ApiOkResponse({ type: NotificationDeliveryDto })
  async get(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @RequestLanguage() language: Language,
  ): Promise<NotificationDeliveryDto> {
    const delivery = await this.deliveries.get(caller, id);
    return deliveryDto(delivery, await this.deliveries.contextOf([delivery], language));
  }

  @Post(':id/resend')
  @ApiOperation({
    operationId: 'resendNotificationDelivery',
    summary: 'Send a notice again',
    description: 'Sends what has ended once more, under the same id, and tries it for another day.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(200)
  @ApiOkResponse({ type: NotificationDeliveryDto })
  async resend(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @RequestLanguage() language: Language,
  ): Promise<NotificationDeliveryDto> {
    const delivery = await this.deliveries.resend(caller, id);
    return deliveryDto(delivery, await this.deliveries.contextOf([delivery], language));
  }
}

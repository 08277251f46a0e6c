import { Body, Controller, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller, TenantId } from '#domain';
import { type Language, textIn } from '#texts';
import { MailChannel } from '../../engine/notices/mail-channel.js';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { IfMatch } from '../../platform/http/if-match.js';
import { RequestLanguage } from '../../platform/http/request-language.js';
import { NotificationTestDto } from './notification-target.dto.js';
import {
  ChangeMyNotificationsDto,
  ChangeTenantNotificationsDto,
  MyNotificationsDto,
  preferencesDto,
  TenantNotificationsDto,
} from './preferences.dto.js';
import { PreferencesService } from './preferences.service.js';

/** How one is told by mail: one's own settings, and what a tenant gives its users. */
@ApiTags('notifications')
@Controller('api/v1')
@RequirePermission('session.use')
export class PreferencesController {
  constructor(
    private readonly preferences: PreferencesService,
    private readonly mail: MailChannel,
  ) {}

  @Get('me/notifications')
  @ApiOperation({
    operationId: 'getMyNotifications',
    summary: 'Show the own notification settings',
    description: 'Of which notices the caller gets mails, and when. Not for API tokens.',
  })
  @ApiProblems('NOT_FOUND')
  @ApiOkResponse({ type: MyNotificationsDto })
  async mine(@CurrentCaller() caller: Caller): Promise<MyNotificationsDto> {
    const { own, below } = await this.preferences.ofCaller(caller);
    const { values, ...shown } = preferencesDto(own, below);
    return { ...shown, values: { ...values, email: own.email }, mailServer: this.mail.isOn };
  }

  @Patch('me/notifications')
  @ApiOperation({
    operationId: 'changeMyNotifications',
    summary: 'Change the own notification settings',
    description: 'Changes what the body names; `null` inherits the value of the tenant. Not for API tokens.',
  })
  @ApiProblems('NOT_FOUND')
  @ApiOkResponse({ type: MyNotificationsDto })
  async changeMine(
    @CurrentCaller() caller: Caller,
    @Body() { email, language, timeZone, dailyAt, mail }: ChangeMyNotificationsDto,
    @IfMatch() revision: number | null,
  ): Promise<MyNotificationsDto> {
    const change = { email, language, timeZone, dailyAt, mail };
    await this.preferences.changeOfCaller(caller, change, revision);
    return this.mine(caller);
  }

  @Post('me/notifications/test')
  @ApiOperation({
    operationId: 'testMyNotifications',
    summary: 'Send a test mail',
    description: 'Sends a mail to the caller now, once, and says what the mail server answered.',
  })
  @ApiProblems('WRONG_STATE', 'NOT_FOUND')
  @HttpCode(200)
  @ApiOkResponse({ type: NotificationTestDto })
  async test(
    @CurrentCaller() caller: Caller,
    @RequestLanguage() language: Language,
  ): Promise<NotificationTestDto> {
    const { outcome, status, answer, took } = await this.preferences.test(caller);
    const text = textIn(language, { key: `delivery.${outcome}` });
    return { outcome, text, status, answer, milliseconds: took };
  }

  @Get('tenants/:tenant/notifications')
  @ApiOperation({
    operationId: 'getTenantNotifications',
    summary: 'Show the notification settings of a tenant',
    description: 'What users of the tenant have unless they chose otherwise.',
  })
  @RequirePermission('settings.read')
  @ApiOkResponse({ type: TenantNotificationsDto })
  async ofTenant(
    @CurrentCaller() caller: Caller,
    @Param('tenant') tenant: string,
  ): Promise<TenantNotificationsDto> {
    return preferencesDto(await this.preferences.ofTenant(caller, tenant as TenantId), null);
  }

  @Patch('tenants/:tenant/notifications')
  @ApiOperation({
    operationId: 'changeTenantNotifications',
    summary: 'Change the notification settings of a tenant',
    description: 'Changes what the body names; `null` returns to the default.',
  })
  @RequirePermission('settings.manage')
  @ApiOkResponse({ type: TenantNotificationsDto })
  async changeOfTenant(
    @CurrentCaller() caller: Caller,
    @Param('tenant') tenant: string,
    @Body() { language, timeZone, dailyAt, mail }: ChangeTenantNotificationsDto,
    @IfMatch() revision: number | null,
  ): Promise<TenantNotificationsDto> {
    const change = { language, timeZone, dailyAt, mail };
    await this.preferences.changeOfTenant(caller, tenant as TenantId, change, revision);
    return this.ofTenant(caller, tenant);
  }
}

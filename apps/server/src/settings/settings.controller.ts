import { Body, Controller, Get, Param, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { DpId, TenantId } from '#domain';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { IfMatch } from '../http/if-match.js';
import { SettingsChanges } from './settings-changes.service.js';
import { ChangeSettingsDto, SettingsDto } from './settings.dto.js';

/** Settings in three layers: global, tenant, distribution point; the nearer one wins. */
@ApiTags('settings')
@Controller('api/v1')
@Needs('settings.manage')
export class SettingsController {
  constructor(private readonly settings: SettingsChanges) {}

  @Get('settings')
  @Needs('settings.read')
  @ApiOkResponse({ type: SettingsDto })
  global(@CurrentCaller() caller: Caller): Promise<SettingsDto> {
    return this.settings.show(caller, { kind: 'global' });
  }

  @Patch('settings')
  @Needs('global-settings.manage')
  @ApiOkResponse({ type: SettingsDto })
  changeGlobal(
    @CurrentCaller() caller: Caller,
    @Body() body: ChangeSettingsDto,
    @IfMatch() revision: number | null,
  ): Promise<SettingsDto> {
    return this.settings.change(caller, { kind: 'global' }, body, revision);
  }

  @Get('tenants/:tenant/settings')
  @Needs('settings.read')
  @ApiOkResponse({ type: SettingsDto })
  ofTenant(@CurrentCaller() caller: Caller, @Param('tenant') tenant: string): Promise<SettingsDto> {
    return this.settings.show(caller, { kind: 'tenant', tenant: tenant as TenantId });
  }

  @Patch('tenants/:tenant/settings')
  @ApiOkResponse({ type: SettingsDto })
  changeOfTenant(
    @CurrentCaller() caller: Caller,
    @Param('tenant') tenant: string,
    @Body() body: ChangeSettingsDto,
    @IfMatch() revision: number | null,
  ): Promise<SettingsDto> {
    return this.settings.change(caller, { kind: 'tenant', tenant: tenant as TenantId }, body, revision);
  }

  @Get('distribution-points/:dp/settings')
  @Needs('settings.read')
  @ApiOkResponse({ type: SettingsDto })
  ofDp(@CurrentCaller() caller: Caller, @Param('dp') dp: string): Promise<SettingsDto> {
    return this.settings.show(caller, { kind: 'dp', dp: dp as DpId });
  }

  @Patch('distribution-points/:dp/settings')
  @ApiOkResponse({ type: SettingsDto })
  changeOfDp(
    @CurrentCaller() caller: Caller,
    @Param('dp') dp: string,
    @Body() body: ChangeSettingsDto,
    @IfMatch() revision: number | null,
  ): Promise<SettingsDto> {
    return this.settings.change(caller, { kind: 'dp', dp: dp as DpId }, body, revision);
  }
}

import { Body, Controller, Get, Param, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiTags, ApiOperation } from '@nestjs/swagger';
import type { Caller, DpId, TenantId } from '#domain';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { IfMatch } from '../../platform/http/if-match.js';
import { SettingsChangesService } from './settings-changes.service.js';
import { ChangeSettingsDto, SettingsDto } from './settings.dto.js';

/** Settings in three layers: global, tenant, distribution point; the nearer one wins. */
@ApiTags('settings')
@Controller('api/v1')
@RequirePermission('settings.manage')
export class SettingsController {
  constructor(private readonly settings: SettingsChangesService) {}

  @Get('settings')
  @ApiOperation({
    operationId: 'getGlobalSettings',
    summary: 'Show the global settings',
    description: 'What this layer sets itself, and what is in effect.',
  })
  @RequirePermission('settings.read')
  @ApiOkResponse({ type: SettingsDto })
  global(@CurrentCaller() caller: Caller): Promise<SettingsDto> {
    return this.settings.show(caller, { kind: 'global' });
  }

  @Patch('settings')
  @ApiOperation({
    operationId: 'changeGlobalSettings',
    summary: 'Change the global settings',
    description: 'Changes what the body names; `null` returns to the default.',
  })
  @RequirePermission('global-settings.manage')
  @ApiOkResponse({ type: SettingsDto })
  changeGlobal(
    @CurrentCaller() caller: Caller,
    @Body() body: ChangeSettingsDto,
    @IfMatch() revision: number | null,
  ): Promise<SettingsDto> {
    return this.settings.change(caller, { kind: 'global' }, body, revision);
  }

  @Get('tenants/:tenant/settings')
  @ApiOperation({
    operationId: 'getTenantSettings',
    summary: 'Show the settings of a tenant',
    description: 'What this layer sets itself, and what is in effect, with the layer each value comes from.',
  })
  @RequirePermission('settings.read')
  @ApiOkResponse({ type: SettingsDto })
  ofTenant(@CurrentCaller() caller: Caller, @Param('tenant') tenant: string): Promise<SettingsDto> {
    return this.settings.show(caller, { kind: 'tenant', tenant: tenant as TenantId });
  }

  @Patch('tenants/:tenant/settings')
  @ApiOperation({
    operationId: 'changeTenantSettings',
    summary: 'Change the settings of a tenant',
    description: 'Changes what the body names; `null` inherits the global value.',
  })
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
  @ApiOperation({
    operationId: 'getDistributionPointSettings',
    summary: 'Show the settings of a distribution point',
    description: 'What this layer sets itself, and what is in effect, with the layer each value comes from.',
  })
  @RequirePermission('settings.read')
  @ApiOkResponse({ type: SettingsDto })
  ofDp(@CurrentCaller() caller: Caller, @Param('dp') dp: string): Promise<SettingsDto> {
    return this.settings.show(caller, { kind: 'dp', dp: dp as DpId });
  }

  @Patch('distribution-points/:dp/settings')
  @ApiOperation({
    operationId: 'changeDistributionPointSettings',
    summary: 'Change the settings of a distribution point',
    description: 'Changes what the body names; `null` inherits the value of the tenant.',
  })
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

import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AuditRepository } from '#persistence';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { mapPage } from '../http/page.dto.js';
import { pageRequest } from '../http/page-request.js';
import { AuditPage, AuditQuery } from './audit.dto.js';

@ApiTags('audit')
@Controller('api/v1/audit')
export class AuditController {
  constructor(private readonly entries: AuditRepository) {}

  /** Newest first. Entries that belong to no tenant are for those who see all tenants. */
  @Get()
  @Needs('audit.read')
  @ApiOkResponse({ type: AuditPage })
  async list(@CurrentCaller() caller: Caller, @Query() query: AuditQuery): Promise<AuditPage> {
    const { action, target, who, since } = query;
    const filter = {
      ...(action !== undefined && { action }),
      ...(target !== undefined && { target }),
      ...(who !== undefined && { who }),
      ...(since !== undefined && { since: new Date(since) }),
    };
    const page = await this.entries.list(caller.tenants, filter, pageRequest(query));
    return mapPage(page, ({ id, at, who: by, address, action: did, target: to, tenant, data }) => ({
      id,
      at: at.toISOString(),
      who: by,
      address,
      action: did,
      target: to,
      tenant,
      data,
    }));
  }
}

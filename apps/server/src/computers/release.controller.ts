import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { DomainError, type ComputerId, type ReleaseVersion } from '#domain';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { AuditService } from '../audit/audit.service.js';
import { invalid } from '../http/request.pipe.js';
import { OrdersService } from '../orders/orders.service.js';
import {
  ReleaseComputersDto,
  ReleaseResultDto,
  ReleaseResultsDto,
  ReleaseWishDto,
} from './computer-changes.dto.js';
import { computerFilter } from './computer-view.js';

/** Releasing [Freigeben]: nothing is installed before an administrator says so (R3, R4). */
@ApiTags('computers')
@Controller('api/v1/computers')
@Needs('computers.release')
export class ReleaseController {
  constructor(
    private readonly orders: OrdersService,
    private readonly audit: AuditService,
  ) {}

  /** Releases computers; one that is refused does not stop the others. */
  @Post('release')
  @HttpCode(200)
  @ApiOkResponse({ type: ReleaseResultsDto })
  async release(
    @CurrentCaller() caller: Caller,
    @Body() body: ReleaseComputersDto,
  ): Promise<ReleaseResultsDto> {
    const { computers, filter } = body;
    if ((computers === undefined) === (filter === undefined)) {
      throw invalid([{ path: 'computers', code: 'either', message: 'give either computers or a filter' }]);
    }
    const { orders, ...answer } = await this.orders.release(caller, {
      ...(computers && { computers: computers as ComputerId[] }),
      ...(filter && { filter: computerFilter(filter) }),
      ...wish(body),
    });
    const released = orders.map(({ computer, tenant }) => ({ id: computer, tenant }));
    const data = { after: { ...wish(body), filter: filter ?? null } };
    await this.audit.recordMany(caller, 'computers.released', 'computer', released, data);
    return answer;
  }

  /** Releases one computer; refused when a rule forbids it. */
  @Post(':id/release')
  @HttpCode(200)
  @ApiOkResponse({ type: ReleaseResultDto })
  @ApiBody({ type: ReleaseWishDto, required: false })
  async releaseOne(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ReleaseWishDto,
  ): Promise<ReleaseResultDto> {
    const { results, orders } = await this.orders.release(caller, {
      computers: [id as ComputerId],
      ...wish(body),
    });
    const [result] = results;
    if (!result) throw new DomainError('NOT_FOUND', 'There is no such computer.');
    if (result.code) throw new DomainError(result.code, result.message);
    for (const { id: order, computer, tenant, release, notBefore } of orders) {
      const data = { after: { order, release, notBefore } };
      await this.audit.record(caller, 'computer.released', `computer:${computer}`, data, tenant);
    }
    return result;
  }
}

function wish({ release, notBefore, note }: ReleaseWishDto): {
  release: ReleaseVersion | null;
  notBefore: Date | null;
  note: string | null;
} {
  return {
    release: (release ?? null) as ReleaseVersion | null,
    notBefore: notBefore ? new Date(notBefore) : null,
    note: note ?? null,
  };
}

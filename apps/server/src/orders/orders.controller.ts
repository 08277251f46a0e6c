import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  DomainError,
  type BrakeId,
  type ComputerId,
  type DpId,
  type FailureCode,
  type InstallOrder,
  type OrderId,
  type OrderKind,
  type OrderState,
  type TenantId,
} from '#domain';
import {
  ComputerRepository,
  DistributionPointRepository,
  OrderRepository,
  type OrderFilter,
  type PageResult,
} from '#persistence';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { AuditService } from '../audit/audit.service.js';
import { mapPage } from '../http/page.dto.js';
import { pageRequest } from '../http/page-request.js';
import { invalid } from '../http/request.pipe.js';
import {
  DpOrdersQuery,
  orderDto,
  OrderDto,
  OrderPage,
  OrderResultsDto,
  OrdersQuery,
  OrdersSelectionDto,
  type OrderFilterDto,
} from './order.dto.js';
import { OrderRetries } from './order-retries.service.js';
import { BULK_LIMIT, OrdersService, type OrderResult } from './orders.service.js';

const MISSING = 'There is no such order.';

@ApiTags('orders')
@Controller('api/v1')
@Needs('orders.control')
export class OrdersController {
  constructor(
    private readonly orders: OrdersService,
    private readonly retries: OrderRetries,
    private readonly repository: OrderRepository,
    private readonly dps: DistributionPointRepository,
    private readonly computers: ComputerRepository,
    private readonly audit: AuditService,
  ) {}

  @Get('orders')
  @Needs('orders.read')
  @ApiOkResponse({ type: OrderPage })
  async list(@CurrentCaller() caller: Caller, @Query() query: OrdersQuery): Promise<OrderPage> {
    return this.named(
      caller,
      await this.repository.list(caller.tenants, filterOf(query), pageRequest(query)),
    );
  }

  @Get('orders/:id')
  @Needs('orders.read')
  @ApiOkResponse({ type: OrderDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<OrderDto> {
    const order = await this.repository.findById(caller.tenants, id as OrderId);
    if (!order) throw new DomainError('NOT_FOUND', MISSING);
    return orderDto(order);
  }

  /** Whether, and for which computers, a DP has orders (R5). */
  @Get('distribution-points/:dp/orders')
  @Needs('orders.read')
  @ApiOkResponse({ type: OrderPage })
  async ofDp(
    @CurrentCaller() caller: Caller,
    @Param('dp') dp: string,
    @Query() query: DpOrdersQuery,
  ): Promise<OrderPage> {
    if (!(await this.dps.findById(caller.tenants, dp as DpId))) {
      throw new DomainError('NOT_FOUND', 'There is no such distribution point.');
    }
    const filter = { ...filterOf(query), dp: dp as DpId };
    return this.named(caller, await this.repository.list(caller.tenants, filter, pageRequest(query)));
  }

  /** Cancels an order: at once when nobody holds it, else with a deadline by which the cancel ends. */
  @Post('orders/:id/cancel')
  @HttpCode(200)
  @ApiOkResponse({ type: OrderDto })
  async cancel(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<OrderDto> {
    const [result] = await this.orders.cancel(caller, [id as OrderId]);
    const order = resultOrThrow(result);
    await this.recordOne(caller, 'order.cancel', result);
    return order;
  }

  /** Retries an order: one that waits becomes due now, one that ended is made anew. */
  @Post('orders/:id/retry')
  @ApiCreatedResponse({ type: OrderDto, description: 'A new order.' })
  @ApiOkResponse({ type: OrderDto, description: 'The order waited; it is due now.' })
  async retry(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderDto> {
    const [result] = await this.retries.retry(caller, [id as OrderId]);
    const order = resultOrThrow(result);
    await this.recordOne(caller, 'order.retry', result);
    if (result?.created) void reply.status(201).header('location', `/api/v1/orders/${order.id}`);
    else void reply.status(200);
    return order;
  }

  /** Cancels many orders, with an answer for each. */
  @Post('orders/cancel')
  @HttpCode(200)
  @ApiOkResponse({ type: OrderResultsDto })
  async cancelMany(
    @CurrentCaller() caller: Caller,
    @Body() body: OrdersSelectionDto,
  ): Promise<OrderResultsDto> {
    const ids = await this.selected(caller, body);
    const results = await this.orders.cancel(caller, ids);
    await this.recordMany(caller, 'orders.cancel', results);
    return resultsDto(results);
  }

  /** Retries many orders, with an answer for each. */
  @Post('orders/retry')
  @HttpCode(200)
  @ApiOkResponse({ type: OrderResultsDto })
  async retryMany(
    @CurrentCaller() caller: Caller,
    @Body() body: OrdersSelectionDto,
  ): Promise<OrderResultsDto> {
    const ids = await this.selected(caller, body);
    const results = await this.retries.retry(caller, ids);
    await this.recordMany(caller, 'orders.retry', results);
    return resultsDto(results);
  }

  /** What was changed, not what was refused or stood like this before. */
  private async recordOne(caller: Caller, action: string, one: OrderResult | undefined): Promise<void> {
    if (!one?.result || one.from === undefined) return;
    const { id, state, tenant } = one.result;
    const data = { before: { state: one.from }, after: { order: id, state } };
    await this.audit.record(caller, action, `order:${one.order}`, data, tenant);
  }

  /** As {@link recordOne}, those that stood and stand alike in one entry. */
  private async recordMany(caller: Caller, action: string, results: readonly OrderResult[]): Promise<void> {
    const changed = results.flatMap(({ order, result, from }) =>
      result && from !== undefined ? [{ id: order, tenant: result.tenant, from, to: result.state }] : [],
    );
    for (const alike of Map.groupBy(changed, ({ from, to }) => `${from} ${to}`).values()) {
      const [one] = alike;
      if (!one) continue;
      const data = { before: { state: one.from }, after: { state: one.to } };
      await this.audit.recordMany(caller, action, 'order', alike, data);
    }
  }

  /** Orders with the names of their computers. */
  private async named(caller: Caller, page: PageResult<InstallOrder>): Promise<OrderPage> {
    const ids = [...new Set(page.items.map(({ computer }) => computer))];
    const computers = await this.computers.findByIds(caller.tenants, ids);
    const names = new Map(computers.map(({ id, name }) => [id, name]));
    return mapPage(page, (order) => ({
      ...orderDto(order),
      computerName: names.get(order.computer) ?? null,
    }));
  }

  private async selected(caller: Caller, { orders, filter }: OrdersSelectionDto): Promise<OrderId[]> {
    if ((orders === undefined) === (filter === undefined)) {
      throw invalid([{ path: '', code: 'either', message: 'must have either orders or filter' }]);
    }
    if (orders) return [...new Set(orders)] as OrderId[];
    const ids = await this.repository.idsMatching(caller.tenants, filterOf(filter ?? {}), BULK_LIMIT + 1);
    if (ids.length > BULK_LIMIT) {
      throw invalid([
        { path: 'filter', code: 'too-many', message: `matches more than ${BULK_LIMIT} orders` },
      ]);
    }
    return ids;
  }
}

function filterOf(query: OrderFilterDto): OrderFilter {
  const { dp, tenant, computer, state, kind, failure, brake, since } = query;
  return {
    ...(dp !== undefined && { dp: dp as DpId }),
    ...(tenant !== undefined && { tenant: tenant as TenantId }),
    ...(computer !== undefined && { computer: computer as ComputerId }),
    ...(state !== undefined && { states: [state as OrderState] }),
    ...(kind !== undefined && { kind: kind as OrderKind }),
    ...(failure !== undefined && { failure: failure as FailureCode }),
    ...(brake !== undefined && { brake: brake as BrakeId }),
    ...(since !== undefined && { since: new Date(since) }),
  };
}

/** @throws DomainError as the single form of a bulk's answer */
function resultOrThrow(result: OrderResult | undefined): OrderDto {
  if (!result?.result) throw new DomainError(result?.code ?? 'NOT_FOUND', result?.message ?? MISSING);
  return orderDto(result.result);
}

function resultsDto(results: readonly OrderResult[]): OrderResultsDto {
  const shown = results.map(({ order, computer, result, code, message }) => ({
    order,
    computer,
    result: result && orderDto(result),
    ...(code && { code }),
    message,
  }));
  const refused = shown.filter((one) => one.code !== undefined).length;
  return { results: shown, counts: { done: shown.length - refused, refused } };
}

import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags, ApiOperation } from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.js';
import type { FastifyReply } from 'fastify';
import {
  type BrakeId,
  type Caller,
  type ComputerId,
  DomainError,
  type DpId,
  type FailureCode,
  type InstallOrder,
  invalid,
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
import { type Language, textIn } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { pageRequest } from '../../platform/http/page-request.js';
import { orderDto, OrderDto, OrderPage, OrderResultsDto } from './order.dto.js';
import { DpOrdersQuery, OrdersQuery, OrdersSelectionDto, type OrderFilterDto } from './order-query.dto.js';
import { OrderRetriesService } from '../../engine/commands/order-retries.service.js';
import {
  BULK_LIMIT,
  OrderCommandsService,
  type OrderResult,
} from '../../engine/commands/order-commands.service.js';
import { RequestLanguage } from '../../platform/http/request-language.js';

const MISSING = 'notFound.order';

@ApiTags('orders')
@Controller('api/v1')
@RequirePermission('orders.control')
export class OrdersController {
  constructor(
    private readonly orders: OrderCommandsService,
    private readonly retries: OrderRetriesService,
    private readonly repository: OrderRepository,
    private readonly dps: DistributionPointRepository,
    private readonly computers: ComputerRepository,
    private readonly audit: AuditService,
  ) {}

  @Get('orders')
  @ApiOperation({
    operationId: 'listOrders',
    summary: 'List orders',
    description: 'Orders that match every filter, with the names of their computers.',
  })
  @RequirePermission('orders.read')
  @ApiOkResponse({ type: OrderPage })
  async list(@CurrentCaller() caller: Caller, @Query() query: OrdersQuery): Promise<OrderPage> {
    return this.named(
      caller,
      await this.repository.list(caller.tenants, filterOf(query), pageRequest(query)),
    );
  }

  @Get('orders/:id')
  @ApiOperation({
    operationId: 'getOrder',
    summary: 'Show an order',
    description: 'One order, with its state, what it waits for and its last failure.',
  })
  @RequirePermission('orders.read')
  @ApiOkResponse({ type: OrderDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<OrderDto> {
    const order = await this.repository.findById(caller.tenants, id as OrderId);
    if (!order) throw new DomainError('NOT_FOUND', MISSING);
    const [computer] = await this.computers.findByIds(caller.tenants, [order.computer]);
    return { ...orderDto(order), computerName: computer?.hostName ?? null };
  }

  @Get('distribution-points/:dp/orders')
  @ApiOperation({
    operationId: 'listDistributionPointOrders',
    summary: 'List the orders of a distribution point',
    description: 'Which orders a DP has, and for which computers.',
  })
  @RequirePermission('orders.read')
  @ApiOkResponse({ type: OrderPage })
  async ofDp(
    @CurrentCaller() caller: Caller,
    @Param('dp') dp: string,
    @Query() query: DpOrdersQuery,
  ): Promise<OrderPage> {
    if (!(await this.dps.findById(caller.tenants, dp as DpId))) {
      throw new DomainError('NOT_FOUND', 'notFound.dp');
    }
    const filter = { ...filterOf(query), dp: dp as DpId };
    return this.named(caller, await this.repository.list(caller.tenants, filter, pageRequest(query)));
  }

  @Post('orders/:id/cancel')
  @ApiOperation({
    operationId: 'cancelOrder',
    summary: 'Cancel an order',
    description: 'Ends at once when no DP has the order; else by `cancelBy`.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(200)
  @ApiOkResponse({ type: OrderDto })
  async cancel(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<OrderDto> {
    const [result] = await this.orders.cancel(caller, [id as OrderId]);
    const order = resultOrThrow(result);
    await this.recordOne(caller, 'order.cancel', result);
    return order;
  }

  @Post('orders/:id/retry')
  @ApiOperation({
    operationId: 'retryOrder',
    summary: 'Retry an order',
    description:
      'An order that waits becomes due now (`200`); one that has ended is released again, as a new order (`201`).',
  })
  @ApiProblems('WRONG_STATE', 'DP_NOT_ENABLED', 'NO_ACCOUNT')
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

  @Post('orders/cancel')
  @ApiOperation({
    operationId: 'cancelOrders',
    summary: 'Cancel orders',
    description:
      'Cancels up to 10,000 orders, by id or by filter. Each has its own result; one that is refused does not stop the others.',
  })
  @HttpCode(200)
  @ApiOkResponse({ type: OrderResultsDto })
  async cancelMany(
    @CurrentCaller() caller: Caller,
    @Body() body: OrdersSelectionDto,
    @RequestLanguage() language: Language,
  ): Promise<OrderResultsDto> {
    const ids = await this.selected(caller, body);
    const results = await this.orders.cancel(caller, ids);
    await this.recordMany(caller, 'orders.cancel', results);
    return resultsDto(results, language);
  }

  @Post('orders/retry')
  @ApiOperation({
    operationId: 'retryOrders',
    summary: 'Retry orders',
    description:
      'Retries up to 10,000 orders, by id or by filter. Each has its own result; one that is refused does not stop the others.',
  })
  @HttpCode(200)
  @ApiOkResponse({ type: OrderResultsDto })
  async retryMany(
    @CurrentCaller() caller: Caller,
    @Body() body: OrdersSelectionDto,
    @RequestLanguage() language: Language,
  ): Promise<OrderResultsDto> {
    const ids = await this.selected(caller, body);
    const results = await this.retries.retry(caller, ids);
    await this.recordMany(caller, 'orders.retry', results);
    return resultsDto(results, language);
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
    const names = new Map(computers.map(({ id, hostName }) => [id, hostName]));
    return mapPage(page, (order) => ({
      ...orderDto(order),
      computerName: names.get(order.computer) ?? null,
    }));
  }

  private async selected(caller: Caller, { orders, filter }: OrdersSelectionDto): Promise<OrderId[]> {
    if ((orders === undefined) === (filter === undefined)) {
      throw invalid([{ path: '', code: 'either', key: 'fault.ordersOrFilter' }]);
    }
    if (orders) return [...new Set(orders)] as OrderId[];
    const ids = await this.repository.idsMatching(caller.tenants, filterOf(filter ?? {}), BULK_LIMIT + 1);
    if (ids.length > BULK_LIMIT) {
      throw invalid([
        { path: 'filter', code: 'too-many', key: 'fault.tooManyOrders', params: { most: BULK_LIMIT } },
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
  if (!result?.result) {
    const { key, params } = result?.message ?? { key: MISSING };
    throw new DomainError(result?.code ?? 'NOT_FOUND', key, params);
  }
  return orderDto(result.result);
}

function resultsDto(results: readonly OrderResult[], language: Language): OrderResultsDto {
  const shown = results.map(({ order, computer, result, code, message }) => ({
    order,
    computer,
    result: result && orderDto(result),
    ...(code && { code }),
    message: textIn(language, message),
  }));
  const refused = shown.filter((one) => one.code !== undefined).length;
  return { results: shown, counts: { done: shown.length - refused, refused } };
}

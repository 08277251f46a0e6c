import { ApiProperty } from '@nestjs/swagger';
import { COMPUTER_STATES, ORDER_STATES } from '#domain';

const counts = (names: readonly string[]) => ({
  type: 'object' as const,
  required: [...names],
  properties: Object.fromEntries(names.map((name) => [name, { type: 'integer' as const }])),
});

export class DpHealthDto {
  @ApiProperty({ type: 'integer' })
  total: number;

  @ApiProperty({ type: 'integer' })
  pending: number;

  @ApiProperty({ type: 'integer' })
  enabled: number;

  @ApiProperty({ type: 'integer' })
  disabled: number;

  /** Enabled, but not seen for three poll intervals. */
  @ApiProperty({ type: 'integer' })
  overdue: number;
}

/** The console's first page. */
export class OverviewDto {
  /** Computers by state. */
  @ApiProperty(counts(COMPUTER_STATES))
  computers: Record<string, number>;

  /** Orders by state. */
  @ApiProperty(counts(ORDER_STATES))
  orders: Record<string, number>;

  /** Orders that run now. */
  @ApiProperty({ type: 'integer' })
  runningOrders: number;

  @ApiProperty({ type: () => DpHealthDto })
  distributionPoints: DpHealthDto;

  /** Orders that ended with a failure, by its code. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  failures: Record<string, number>;

  /** Open brakes. */
  @ApiProperty({ type: 'integer' })
  brakes: number;
}

export class OrdersOfHourDto {
  @ApiProperty({ type: String, format: 'date-time' })
  at: string;

  @ApiProperty({ type: 'integer' })
  made: number;

  @ApiProperty({ type: 'integer' })
  succeeded: number;

  /** Failed, expired, or with an unknown outcome. */
  @ApiProperty({ type: 'integer' })
  failed: number;
}

/** Orders in each hour of the last two days, the oldest first. */
export class OrdersPerHourDto {
  @ApiProperty({ type: () => OrdersOfHourDto, isArray: true })
  hours: OrdersOfHourDto[];
}

import { ApiProperty } from '@nestjs/swagger';
import { COMPUTER_STATES, ORDER_STATES } from '#domain';

const counts = (names: readonly string[]) => ({
  type: 'object' as const,
  selfRequired: true,
  required: [...names],
  properties: Object.fromEntries(names.map((name) => [name, { type: 'integer' as const }])),
});

export class DpHealthDto {
  @ApiProperty({ type: 'integer' })
  total: number;

  @ApiProperty({ type: 'integer' })
  pending: number;

  @ApiProperty({
    type: 'integer',
    description: 'Of those that are pending: they have joined, and wait for a person.',
  })
  toEnable: number;

  @ApiProperty({ type: 'integer' })
  enabled: number;

  @ApiProperty({ type: 'integer' })
  disabled: number;

  @ApiProperty({ type: 'integer', description: 'Enabled, but not seen for three poll intervals.' })
  overdue: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'Since when none of them can be heard, because the broker is away or takes no messages; null: they can.',
  })
  unheardSince: string | null;

  @ApiProperty({
    type: 'integer',
    description: 'Enabled, but its orders wait: it can open none of its accounts.',
  })
  withoutAccount: number;
}

export class OverviewCauseDto {
  @ApiProperty()
  code: string;

  @ApiProperty({ type: 'integer' })
  count: number;

  @ApiProperty({ description: 'What to do.' })
  text: string;

  @ApiProperty({ required: false, description: 'What happened.' })
  title?: string;
}

/** The console's first page. */
export class OverviewDto {
  @ApiProperty({ ...counts(COMPUTER_STATES), description: 'Computers by state.' })
  computers: Record<string, number>;

  @ApiProperty({ ...counts(ORDER_STATES), description: 'Orders by state.' })
  orders: Record<string, number>;

  @ApiProperty({ type: 'integer', description: 'Orders that run now.' })
  runningOrders: number;

  @ApiProperty({ type: () => DpHealthDto })
  distributionPoints: DpHealthDto;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'Orders that ended with a failure, by its code.',
  })
  failures: Record<string, number>;

  @ApiProperty({
    type: () => OverviewCauseDto,
    isArray: true,
    description: 'The same in words, the commonest first.',
  })
  causes: OverviewCauseDto[];

  @ApiProperty({ type: 'integer', description: 'Open brakes.' })
  brakes: number;

  @ApiProperty({ type: 'integer', description: 'Rollouts that have stopped, or were paused by a person.' })
  pausedRollouts: number;
}

export class OrdersOfHourDto {
  @ApiProperty({ format: 'date-time' })
  at: string;

  @ApiProperty({ type: 'integer' })
  made: number;

  @ApiProperty({ type: 'integer' })
  succeeded: number;

  @ApiProperty({ type: 'integer', description: 'Failed, expired, or with an unknown outcome.' })
  failed: number;
}

/** Orders in each hour of the last two days, the oldest first. */
export class OrdersPerHourDto {
  @ApiProperty({ type: () => OrdersOfHourDto, isArray: true })
  hours: OrdersOfHourDto[];
}

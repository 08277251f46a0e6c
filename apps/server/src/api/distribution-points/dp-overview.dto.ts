import { ApiProperty } from '@nestjs/swagger';
import { COMPUTER_STATES, type ComputerState } from '#domain';

export class DpAccountDto {
  @ApiProperty()
  id: string;

  @ApiProperty()
  label: string;

  @ApiProperty()
  tenant: string;

  @ApiProperty({ description: 'False: the DP cannot open it; its secret has to be entered again.' })
  sealed: boolean;
}

export class DpComputersDto {
  @ApiProperty({ type: String, enum: COMPUTER_STATES })
  state: ComputerState;

  @ApiProperty({ type: 'integer' })
  count: number;
}

export class DpFailuresDto {
  @ApiProperty({ description: 'A failure code, see docs/failures.md.' })
  code: string;

  @ApiProperty({ type: 'integer' })
  count: number;
}

export class DpRuleDto {
  @ApiProperty()
  id: string;

  @ApiProperty()
  tenant: string;

  @ApiProperty({ type: 'integer' })
  priority: number;
}

export class DpClockDto {
  @ApiProperty({ description: 'Seconds by which it is ahead, or behind when negative.' })
  off: number;

  @ApiProperty({ format: 'date-time' })
  at: string;
}

/** What belongs to a DP, as far as the caller may see it. */
export class DpOverviewDto {
  @ApiProperty({ type: () => DpAccountDto, isArray: true, description: 'Accounts that are for it.' })
  accounts: DpAccountDto[];

  @ApiProperty({
    type: () => DpComputersDto,
    isArray: true,
    description: 'Computers that are fixed or assigned to it, by state; the most first.',
  })
  computers: DpComputersDto[];

  @ApiProperty({
    type: () => DpFailuresDto,
    isArray: true,
    description: 'Its failed orders by cause; the most first.',
  })
  failures: DpFailuresDto[];

  @ApiProperty({ type: () => DpRuleDto, isArray: true, description: 'Location rules that name it.' })
  locationRules: DpRuleDto[];

  @ApiProperty({
    type: () => DpClockDto,
    nullable: true,
    description: 'What its clock showed when its requests were refused for it alone; null: it is let in.',
  })
  clock: DpClockDto | null;
}

import { ApiProperty } from '@nestjs/swagger';
import type { ContactAnswer, RegisterAnswer } from '#contract';
import { COMPUTER_STATES } from '#domain';

export class RegisterAnswerDto implements RegisterAnswer {
  @ApiProperty({ description: 'Id of the computer.' })
  computer: string;

  @ApiProperty({
    description: 'The client shows it at every contact; shown again when the registration is repeated.',
  })
  secret: string;

  @ApiProperty({ type: 'integer', description: 'Seconds until the next contact.' })
  contactAfter: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'DP that serves the client; null: the server does.',
  })
  dp: string | null;
}

export class ContactAnswerDto implements ContactAnswer {
  @ApiProperty({ enum: COMPUTER_STATES })
  state: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'DP that serves the client; null: the server does.',
  })
  dp: string | null;

  @ApiProperty({ description: 'Base URL of the server.' })
  server: string;

  @ApiProperty({ type: 'integer', description: 'Seconds until the next contact.' })
  contactAfter: number;
}

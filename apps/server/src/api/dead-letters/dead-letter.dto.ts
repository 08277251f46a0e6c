import { ApiProperty } from '@nestjs/swagger';
import { Page } from '../../platform/http/page.dto.js';

/** A message that nobody could use, parked for a person. */
export class DeadLetterDto {
  @ApiProperty()
  id: string;

  @ApiProperty({ description: 'The queue it lies on.' })
  queue: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Where it came from, and goes again by a replay.',
  })
  origin: string | null;

  @ApiProperty()
  reason: string;

  @ApiProperty({ type: 'integer' })
  deliveries: number;

  @ApiProperty({ description: 'At most 4 KiB of its content.' })
  content: string;
}

export class DeadLetterPage extends Page(DeadLetterDto) {}

import { ApiProperty } from '@nestjs/swagger';
import { Page } from '../http/page.dto.js';

/** A message that nobody could use, parked for a person. */
export class DeadLetterDto {
  @ApiProperty({ type: String })
  id: string;

  /** The queue it lies on. */
  @ApiProperty({ type: String })
  queue: string;

  /** Where it came from, and goes again by a replay. */
  @ApiProperty({ type: String, nullable: true })
  origin: string | null;

  @ApiProperty({ type: String })
  reason: string;

  @ApiProperty({ type: 'integer' })
  deliveries: number;

  /** At most 4 KiB of its content. */
  @ApiProperty({ type: String })
  content: string;
}

export class DeadLetterPage extends Page(DeadLetterDto) {}

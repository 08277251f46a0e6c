import { ApiProperty } from '@nestjs/swagger';
import { OrderDto } from '../orders/order.dto.js';

/** The order of an action, and who tries it. */
export class ActionResultDto extends OrderDto {
  @ApiProperty({ description: 'Its id once more, as in the answer to a release.' })
  order: string;

  @ApiProperty({ type: String, enum: ['dp', 'server-dp'] })
  via: 'dp' | 'server-dp';

  @ApiProperty()
  message: string;
}

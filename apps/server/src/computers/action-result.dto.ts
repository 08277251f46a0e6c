import { ApiProperty } from '@nestjs/swagger';
import { OrderDto } from '../orders/order.dto.js';

/** The order of an action, and who tries it. */
export class ActionResultDto extends OrderDto {
  /** Its id once more, as in the answer to a release. */
  @ApiProperty({ type: String })
  order: string;

  @ApiProperty({ type: String, enum: ['dp', 'server-dp'] })
  via: 'dp' | 'server-dp';

  @ApiProperty({ type: String })
  message: string;
}

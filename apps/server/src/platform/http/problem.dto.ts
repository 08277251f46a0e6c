import { ApiProperty } from '@nestjs/swagger';
import { PROBLEMS, type ProblemCode } from '#http';

/** One fault of a request. */
export class FaultDto {
  @ApiProperty({ description: 'Where in the request, such as `accounts[0].username`; empty for the whole.' })
  path: string;

  @ApiProperty({ description: 'Which rule.' })
  code: string;

  @ApiProperty({ description: 'Behind the path, in German for `Accept-Language: de`.' })
  message: string;
}

/** An error (RFC 9457). */
export class ProblemDto {
  @ApiProperty({ example: 'urn:relaypoint:problem:dp-fixed' })
  type: string;

  @ApiProperty()
  title: string;

  @ApiProperty({ type: 'integer', minimum: 400, maximum: 599 })
  status: number;

  @ApiProperty({ type: String, enum: Object.keys(PROBLEMS), description: 'What a program decides by.' })
  code: ProblemCode;

  @ApiProperty({ description: 'A sentence, in German for `Accept-Language: de`.' })
  detail: string;

  @ApiProperty({
    type: () => FaultDto,
    isArray: true,
    required: false,
    description: 'Every fault of the request, all at once.',
  })
  errors?: FaultDto[];
}

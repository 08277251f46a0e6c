import { ApiProperty } from '@nestjs/swagger';
import { PROBLEMS, type ProblemCode } from './problem.js';

/** One fault of a request. */
export class FaultDto {
  /** Where in the request, such as `accounts[0].username`; empty for the whole. */
  @ApiProperty({ type: String })
  path: string;

  /** Which rule. */
  @ApiProperty({ type: String })
  code: string;

  /** Behind the path, in German for `Accept-Language: de`. */
  @ApiProperty({ type: String })
  message: string;
}

/** An error (RFC 9457). */
export class ProblemDto {
  @ApiProperty({ type: String, example: 'urn:relaypoint:problem:dp-fixed' })
  type: string;

  @ApiProperty({ type: String })
  title: string;

  @ApiProperty({ type: 'integer', minimum: 400, maximum: 599 })
  status: number;

  /** What a program decides by. */
  @ApiProperty({ type: String, enum: Object.keys(PROBLEMS) })
  code: ProblemCode;

  /** A sentence, in German for `Accept-Language: de`. */
  @ApiProperty({ type: String })
  detail: string;

  /** Every fault of the request, all at once. */
  @ApiProperty({ type: () => FaultDto, isArray: true, required: false })
  errors?: FaultDto[];
}

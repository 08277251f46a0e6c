import { Controller } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { HealthController } from '#http';
import { Public } from '../auth/require-permission.js';

/** Whoever watches over the server has no login. */
@ApiExcludeController()
@Controller()
@Public()
export class PublicHealthController extends HealthController {}

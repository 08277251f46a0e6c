import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Caller, type ComputerId, type DpId, invalid, type RolloutId } from '#domain';
import type { Language } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { RequestLanguage } from '../../platform/http/request-language.js';
import { RolloutCommands } from '../../engine/rollouts/rollout-commands.js';
import {
  MoveMembersDto,
  NextWaveDto,
  ResumeRolloutDto,
  RetryFailedDto,
  RolloutNoteDto,
  ShiftRolloutDto,
  SkipMembersDto,
} from './rollout-control.dto.js';
import { RolloutViews } from './rollout-views.js';
import { MembersChangedDto, RolloutDto } from './rollout.dto.js';

/** What people do with a rollout that there is. */
@ApiTags('rollouts')
@Controller('api/v1/rollouts')
@RequirePermission('rollouts.control')
export class RolloutControlController {
  constructor(
    private readonly commands: RolloutCommands,
    private readonly views: RolloutViews,
  ) {}

  @Post(':id/pause')
  @ApiOperation({
    operationId: 'pauseRollout',
    summary: 'Pause a rollout',
    description: 'Nothing more is handed out to a DP, also of what is queued already; what runs may end.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(200)
  @ApiOkResponse({ type: RolloutDto })
  @ApiBody({ type: RolloutNoteDto, required: false })
  async pause(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { note }: RolloutNoteDto,
    @RequestLanguage() language: Language,
  ): Promise<RolloutDto> {
    return this.views.shown(await this.commands.pause(caller, id as RolloutId, note ?? null), language);
  }

  @Post(':id/resume')
  @ApiOperation({
    operationId: 'resumeRollout',
    summary: 'Resume a rollout',
    description:
      'Goes on where it was, also at DPs whose part was stopped. Results so far do not stop it again: only those from now on.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(200)
  @ApiOkResponse({ type: RolloutDto })
  @ApiBody({ type: ResumeRolloutDto, required: false })
  async resume(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { dps }: ResumeRolloutDto,
    @RequestLanguage() language: Language,
  ): Promise<RolloutDto> {
    const which = dps ? (dps as DpId[]) : 'all';
    return this.views.shown(await this.commands.resume(caller, id as RolloutId, which), language);
  }

  @Post(':id/abort')
  @ApiOperation({
    operationId: 'abortRollout',
    summary: 'Abort a rollout',
    description: 'What waits is cancelled; what runs may end. It cannot be resumed.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(200)
  @ApiOkResponse({ type: RolloutDto })
  @ApiBody({ type: RolloutNoteDto, required: false })
  async abort(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { note }: RolloutNoteDto,
    @RequestLanguage() language: Language,
  ): Promise<RolloutDto> {
    return this.views.shown(await this.commands.abort(caller, id as RolloutId, note ?? null), language);
  }

  @Post(':id/next-wave')
  @ApiOperation({
    operationId: 'beginNextWave',
    summary: 'Begin the next wave',
    description: 'Whether the present one has proved itself or not.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(200)
  @ApiOkResponse({ type: RolloutDto })
  @ApiBody({ type: NextWaveDto, required: false })
  async nextWave(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { wave }: NextWaveDto,
    @RequestLanguage() language: Language,
  ): Promise<RolloutDto> {
    return this.views.shown(await this.commands.nextWave(caller, id as RolloutId, wave), language);
  }

  @Post(':id/shift')
  @ApiOperation({
    operationId: 'shiftRollout',
    summary: 'Shift the start of a rollout',
    description: 'As long as it has not begun.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(200)
  @ApiOkResponse({ type: RolloutDto })
  async shift(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { startAt }: ShiftRolloutDto,
    @RequestLanguage() language: Language,
  ): Promise<RolloutDto> {
    const at = startAt === null ? null : new Date(startAt);
    return this.views.shown(await this.commands.shift(caller, id as RolloutId, at), language);
  }

  @Post(':id/skip')
  @ApiOperation({
    operationId: 'skipRolloutMembers',
    summary: 'Leave out computers of a rollout',
    description: 'Those whose turn has not come: by id, of a wave, or of a DP.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(200)
  @ApiOkResponse({ type: MembersChangedDto })
  async skip(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { computers, wave, dp }: SkipMembersDto,
  ): Promise<MembersChangedDto> {
    const wishes = [
      ...(computers ? [{ computers: computers as ComputerId[] }] : []),
      ...(wave === undefined ? [] : [{ wave }]),
      ...(dp === undefined ? [] : [{ dp: dp as DpId }]),
    ];
    const [wish] = wishes;
    if (!wish || wishes.length > 1) {
      const params = { names: ['computers', 'wave', 'dp'] };
      throw invalid([{ path: '', code: 'either', key: 'fault.exactlyOne', params }]);
    }
    return { changed: await this.commands.skip(caller, id as RolloutId, wish) };
  }

  @Post(':id/move')
  @ApiOperation({
    operationId: 'moveRolloutMembers',
    summary: 'Move computers into another wave',
    description: 'Those whose turn has not come.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(200)
  @ApiOkResponse({ type: MembersChangedDto })
  async move(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { computers, wave }: MoveMembersDto,
  ): Promise<MembersChangedDto> {
    return { changed: await this.commands.move(caller, id as RolloutId, computers as ComputerId[], wave) };
  }

  @Post(':id/retry-failed')
  @ApiOperation({
    operationId: 'retryFailedOfRollout',
    summary: 'Retry what failed in a rollout',
    description: 'A rollout of its own with those that failed, which goes as this one does.',
  })
  @ApiProblems('WRONG_STATE')
  @CreatedAt('/api/v1/rollouts/{id}')
  @ApiCreatedResponse({ type: RolloutDto })
  @ApiBody({ type: RetryFailedDto, required: false })
  async retryFailed(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { name }: RetryFailedDto,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
    @RequestLanguage() language: Language,
  ): Promise<RolloutDto> {
    const made = await this.commands.retryFailed(
      caller,
      id as RolloutId,
      creation.id as RolloutId,
      name ?? null,
    );
    return this.views.shown(made, language);
  }
}

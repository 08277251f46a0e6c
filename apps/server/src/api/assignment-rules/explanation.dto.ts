import { ApiProperty } from '@nestjs/swagger';
import { ASSIGNMENT_TARGETS, CHOOSERS, type ExplainedChoice } from '#domain';
import { type Language, textIn } from '#texts';

/** One of those that may choose the DP of a row. */
export class AssignmentStepDto {
  @ApiProperty({ enum: ['mapping', 'column', 'rule', 'run'] })
  by: string;

  @ApiProperty({ type: String, nullable: true, description: 'Id of the rule.' })
  rule: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Name of the rule.' })
  name: string | null;

  @ApiProperty({
    type: String,
    enum: ASSIGNMENT_TARGETS,
    nullable: true,
    description: 'What it makes of the rows it chooses for; null: it has nothing to say of this one.',
  })
  target: string | null;

  @ApiProperty({ type: String, nullable: true })
  dp: string | null;

  @ApiProperty()
  matched: boolean;

  @ApiProperty({ description: 'Whether it is the one that chose.' })
  chosen: boolean;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Where the part of the rule stands that decided, such as `when.all[1].ou`.',
  })
  path: string | null;

  @ApiProperty({ description: 'Why, in words.' })
  text: string;
}

/** How a row comes to its DP. */
export class AssignmentExplanationDto {
  @ApiProperty({ type: String, nullable: true, description: 'Null: none, or the row is rejected.' })
  dp: string | null;

  @ApiProperty({ enum: CHOOSERS, description: 'What chose it.' })
  by: string;

  @ApiProperty({ description: 'Whether what chose rejects the row.' })
  rejected: boolean;

  @ApiProperty()
  text: string;

  @ApiProperty({
    type: () => AssignmentStepDto,
    isArray: true,
    description: 'All that are asked, in their order; the first that matches chooses.',
  })
  steps: AssignmentStepDto[];
}

export function explanationDto(
  { choice, steps }: ExplainedChoice,
  language: Language,
): AssignmentExplanationDto {
  const { dp, by, refusal } = choice;
  const text = refusal
    ? textIn(language, {
        key: 'assignment.decided.rejected',
        params: { why: { key: refusal.key, params: refusal.params ?? {} } },
      })
    : dp === null
      ? textIn(language, { key: 'assignment.decided.none' })
      : textIn(language, { key: 'assignment.decided.dp', params: { dp } });
  return {
    dp,
    by: by.by,
    rejected: refusal !== null,
    text,
    steps: steps.map((step) => ({
      by: step.by,
      rule: step.rule?.id ?? null,
      name: step.rule?.name ?? null,
      target: step.target,
      dp: step.dp,
      matched: step.matched,
      chosen: step.chosen,
      path: step.path,
      text: step.why.map((one) => textIn(language, one)).join('; '),
    })),
  };
}

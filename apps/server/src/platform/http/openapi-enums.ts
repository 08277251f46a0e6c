import type { OpenAPIObject } from '@nestjs/swagger';
import * as domain from '#domain';
import { LANGUAGES } from '#texts';
import { everyObject, type Schema, type Schemas } from './openapi-walk.js';
import { PROBLEMS } from '#http';

/** Name → values. The document names what it would otherwise repeat, and generated clients get one type for each. */
const ENUMS: Readonly<Record<string, readonly string[]>> = {
  AccountKind: domain.ACCOUNT_KINDS,
  AssignmentTarget: domain.ASSIGNMENT_TARGETS,
  ClientReleaseState: domain.RELEASE_STATES,
  ComputerAction: domain.COMPUTER_ACTIONS,
  ComputerFolder: domain.COMPUTER_FOLDERS,
  ComputerState: domain.COMPUTER_STATES,
  ComputerWaitCode: domain.COMPUTER_WAIT_CODES,
  CsvDelimiter: domain.CSV_DELIMITERS,
  CsvEncoding: domain.CSV_ENCODINGS,
  DeliveryOutcome: Object.keys(domain.DELIVERY_OUTCOMES),
  DeliveryState: domain.DELIVERY_STATES,
  DirectoryPolicy: domain.DIRECTORY_POLICIES,
  DirectoryTestStep: domain.DIRECTORY_TEST_STEPS,
  DirectoryTransport: domain.DIRECTORY_TRANSPORTS,
  DistributionPointState: ['pending', 'enabled', 'disabled'],
  FailureCode: domain.FAILURE_CODES,
  HoldCode: domain.HOLD_CODES,
  HostKeyPolicy: ['pin', 'strict'],
  ImportChooser: domain.CHOOSERS,
  ImportPhase: ['waiting', 'reading', 'committing', 'undoing', 'done'],
  ImportRowOutcome: domain.ROW_OUTCOMES,
  ImportSource: domain.IMPORT_SOURCES,
  ImportState: domain.IMPORT_STATES,
  ImportVerdict: domain.IMPORT_VERDICTS,
  KeptReason: domain.KEPT_REASONS,
  Language: LANGUAGES,
  LocationReason: domain.LOCATION_REASONS,
  MailMode: domain.MAIL_MODES,
  NamesakeDecision: domain.NAMESAKE_DECISIONS,
  NoticeKind: domain.NOTICE_KINDS.toSorted(),
  OrderKind: domain.ORDER_KINDS,
  OrderState: domain.ORDER_STATES,
  OrderVia: ['dp', 'server-dp'],
  OrderWaitCode: domain.WAIT_CODES,
  Phase: domain.PHASES,
  ProblemCode: Object.keys(PROBLEMS),
  RefusalCode: domain.DOMAIN_ERROR_CODES,
  Role: domain.ROLES,
  RolloutKind: domain.ROLLOUT_KINDS,
  RolloutMemberState: domain.MEMBER_STATES,
  RolloutState: domain.ROLLOUT_STATES,
  Severity: ['info', 'warning', 'error'],
  TimelineEventKind: domain.EVENT_KINDS,
  TimelineEventSource: domain.EVENT_SOURCES,
  ViewList: domain.VIEW_LISTS,
  WaveGate: ['auto', 'person'],
  WaveProof: ['registered', 'ready'],
  WebhookFormat: domain.WEBHOOK_FORMATS,
  WithoutDp: domain.WITHOUT_DP,
  Weekday: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
};

/** Puts every enum of the table under its name, and refers to it where it stood. */
export function nameEnums(document: OpenAPIObject, schemas: Schemas): void {
  const names = new Map(Object.entries(ENUMS).map(([name, values]) => [values.join(), name]));
  const used = new Set<string>();
  everyObject(document, (node) => {
    const { enum: values } = node;
    if (!Array.isArray(values) || node['type'] === undefined) return;
    const name = names.get(values.filter((value) => value !== null).join());
    if (name === undefined) return;
    used.add(name);
    refer(node, name, values.includes(null));
  });
  for (const name of used) schemas[name] = { type: 'string', enum: [...(ENUMS[name] ?? [])] };
}

function refer(node: Schema, name: string, isNullable: boolean): void {
  Reflect.deleteProperty(node, 'type');
  Reflect.deleteProperty(node, 'enum');
  const reference = { $ref: `#/components/schemas/${name}` };
  Object.assign(node, isNullable ? { anyOf: [reference, { type: 'null' }] } : reference);
}

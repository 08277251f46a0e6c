export {
  type Account,
  ACCOUNT_KINDS,
  type AccountKind,
  type AccountUse,
  coversDp,
  type SealedSecret,
  used,
} from './account.js';
export { beginTrial, isProven, mayTry, type TrialAnswer, unprovenFirst } from './account-trial.js';
export { type AuditEntry } from './audit.js';
export {
  ACCOUNT_FAILURES,
  applyBrakes,
  blamesAccount,
  type Brake,
  type Braked,
  type BrakeEvidence,
  brakeOnRelease,
  type BrakeScope,
  sameScope,
} from './brake.js';
export {
  type ClientRelease,
  type InstallInstruction,
  RELEASE_STATES,
  type ReleaseFile,
  type ReleaseState,
} from './client-release.js';
export { dpOverdue, registerMismatch, registrationOverdue, restartOverdue } from './computer-alert.js';
export {
  type Alert,
  type ClientFacts,
  type Computer,
  type ComputerOutcome,
  installingDp,
  type Inventory,
  type LocationData,
  type OpenOrder,
  refuseDpChange,
  retire,
  telling,
} from './computer.js';
export { contact, type ContactFacts, register, type RegistrationFacts } from './computer-registration.js';
export { orderEnded, release } from './computer-release.js';
export {
  COMPUTER_FOLDERS,
  COMPUTER_MOVES,
  COMPUTER_STATE_TITLES,
  COMPUTER_STATES,
  type ComputerFolder,
  type ComputerState,
  isRegistered,
  REGISTERED_STATES,
  statesInFolder,
  UNREGISTERED_STATES,
} from './computer-state.js';
export { COMPUTER_WAIT_CODES, type ComputerWait, waitOfComputer } from './computer-waiting.js';
export {
  type ComputerName,
  identityByGuid,
  identityByName,
  nameKeyOf,
  type NameRemark,
  type NameResult,
  normaliseComputerName,
  quoted,
  type ToAscii,
} from './computer-name.js';
export {
  COMPUTER_ACTIONS,
  type ComputerAction,
  kindOfAction,
  routeOf,
  startAction,
} from './computer-action.js';
export { demandRemovable, reimport } from './computer-removal.js';
export {
  addressFaults,
  addressOf,
  type Directory,
  DIRECTORY_PASSWORD_INFO,
  DIRECTORY_TEST_STEPS,
  DIRECTORY_TRANSPORTS,
  type DirectoryTestStep,
  type DirectoryTestStepName,
  type DirectoryTransport,
  passwordBinding,
  transportOf,
} from './directory.js';
export {
  disable,
  type DistributionPoint,
  DP_STATES,
  type DpAgentInfo,
  type DpKeys,
  type DpSighting,
  type DpState,
  enable,
  enrol,
  JOIN_TOKEN_LIFE,
  type JoinToken,
  lastSignOf,
  serves,
} from './distribution-point.js';
export { DOMAIN_ERROR_CODES, DomainError, type DomainErrorCode, type Fault } from './errors.js';
export {
  FAILURE_CODES,
  type FailureCode,
  type FailureRecord,
  failureRule,
  type FailureRule,
  FAILURES,
  isFailureCode,
  type NativeSign,
  type Phase,
  PHASES,
  RETRY_CLASSES,
  type RetryClass,
} from './failure.js';
export {
  type AccountId,
  type BrakeId,
  type ComputerId,
  DEFAULT_TENANT,
  type DirectoryId,
  type DpId,
  type ImportRunId,
  inScope,
  isSlug,
  type LocationRuleId,
  type OrderId,
  type ReleaseVersion,
  SERVER_DP,
  SLUG_PATTERN,
  type TenantId,
  type TenantScope,
} from './ids.js';
export {
  type ImportCandidate,
  NO_INVENTORY,
  readRow,
  type RefusedRow,
  type RowLayout,
  type RowReading,
} from './import-candidate.js';
export {
  candidateOfRow,
  importChangedEvent,
  importedComputer,
  importedEvent,
  importUndoneEvent,
  keptReason,
} from './import-commit.js';
export { csvLine, formulaSafe, rejectedCsv } from './import-export.js';
export {
  chooseColumns,
  columnOfHeader,
  columnsOfHeader,
  NAME_HEADERS_SHOWN,
  twiceInHeader,
} from './import-header.js';
export { type ImportMatch, type KnownComputers, matchRow } from './import-match.js';
export {
  type AdOptions,
  CSV_DELIMITERS,
  CSV_ENCODINGS,
  type CsvDelimiter,
  type CsvEncoding,
  type CsvOptions,
  type DetectedCsv,
  IMPORT_BATCH,
  IMPORT_COLUMNS,
  IMPORT_MOVES,
  IMPORT_SOURCES,
  IMPORT_STATES,
  IMPORT_VERDICTS,
  type ImportColumn,
  type ImportCounts,
  type ImportOptions,
  type ImportProgress,
  type ImportRow,
  importRowId,
  type ImportRun,
  type ImportSource,
  type ImportState,
  type ImportSummary,
  type ImportUndo,
  type ImportVerdict,
  KEPT_REASONS,
  type KeptReason,
  type MissingComputer,
  NO_COUNTS,
  ROW_OUTCOMES,
  type RowOutcome,
  type SeenColumn,
  UPLOAD_KEPT_DAYS,
} from './import-run.js';
export {
  IMPORT_FAULT_CODES,
  IMPORT_MESSAGE_SEVERITIES,
  IMPORT_SEVERITIES,
  type ImportFault,
  type ImportFaultCode,
  importMessage,
  type ImportMessage,
  type ImportMessageCode,
  type ImportSeverity,
} from './import-texts.js';
export {
  askImportCommit,
  askImportDiscard,
  askImportReadAgain,
  askImportUndo,
  dropsMany,
  importCommitted,
  importFailed,
  importStuck,
  type ImportOutcome,
  needsConfirmDrop,
  importPreviewed,
  importUndone,
  importWork,
  type ImportWork,
  newImportRun,
  type NewImportRun,
  takeOverImport,
} from './import-transition.js';
export {
  applyRow,
  decideRow,
  dpFixedText,
  nameTakenText,
  identityOf,
  IMPORT_CHANGES,
  type ImportChange,
  type RowDecision,
  rowMessage,
  type RunRules,
} from './import-verdict.js';
export {
  type AccountTry,
  FINAL_ORDER_STATES,
  type FinalOrderState,
  hasBegun,
  type Hold,
  HOLD_CODES,
  type HoldCode,
  type InstallOrder,
  installs,
  isFinal,
  type Lease,
  OPEN_ORDER_STATES,
  ORDER_EVENT_TYPES,
  ORDER_KINDS,
  ORDER_MOVES,
  ORDER_STATES,
  type OrderEvent,
  type OrderEventType,
  type OrderKind,
  type OrderOutcome,
  type OrderState,
  planOrder,
  type Publish,
  type ReportFacts,
  UNCHANGED_REASONS,
  type UnchangedReason,
} from './install-order.js';
export { isIpAddress } from './ip-address.js';
export {
  LOCATION_CRITERIA,
  type LocationCondition,
  type LocationCriterionName,
  parseCondition,
} from './location-criterion.js';
export { exampleLocation, type LocationOverlap, overlapOf } from './location-overlap.js';
export {
  assignAtContact,
  chooseByLocation,
  LOCATION_PRIORITY_LIMITS,
  LOCATION_REASONS,
  type LocationDecision,
  type LocationReason,
  type LocationRule,
  type RuleVerdict,
} from './location-rule.js';
export { windowState, type WindowState } from './maintenance-window.js';
export { faultsOfMoves, type Moves } from './machine.js';
export { hadBefore, nextOnRoute, passesOnAt } from './order-route.js';
export { transition } from './order-transition.js';
export { deadlineEvent, tellsAt, WAIT_CODES, waitOf, wakesAt } from './order-waiting.js';
export { type Grant, isWithin, may, type Permission, PERMISSIONS, type Role, ROLES } from './permissions.js';
export { isOverdue, POLL_INTERVAL_LIMITS, pollAfter } from './poll-schedule.js';
export { retryAfter, type RetryDecision, type RetryQuestion } from './retry-policy.js';
export {
  DEFAULT_SETTINGS,
  effectiveSettings,
  type EffectiveSettings,
  type LayeredSettings,
  type MaintenanceWindow,
  type Settings,
  type SettingsLayer,
  settingsOf,
} from './settings.js';
export { type Tenant } from './tenant.js';
export {
  EVENT_KINDS,
  EVENT_SOURCES,
  type EventKind,
  type EventSource,
  type TimelineEvent,
} from './timeline.js';
export { type ApiToken, type Session, type User } from './user.js';

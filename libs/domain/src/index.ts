export { platformOf, PLATFORMS, type Platform } from './base/platform.js';
export {
  type Account,
  ACCOUNT_KINDS,
  type AccountKind,
  type AccountUse,
  accountsToEnter,
  coversDp,
  hasLocalAccounts,
  lacksAccount,
  type PendingLogin,
  type SealedSecret,
  usableAt,
  used,
} from './accounts/account.js';
export {
  beginLogin,
  endLogin,
  isProven,
  type LoginAnswer,
  mayLogIn,
  pendingLogins,
  triedAtFirst,
} from './brakes/account-trial.js';
export { type AuditEntry } from './access/audit.js';
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
} from './brakes/brake.js';
export {
  type ClientRelease,
  type InstallInstruction,
  RELEASE_STATES,
  type ReleaseFile,
  type ReleaseState,
} from './orders/client-release.js';
export {
  dpOverdue,
  registerMismatch,
  registrationOverdue,
  restartOverdue,
} from './computers/computer-alert.js';
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
  withEvents,
} from './computers/computer.js';
export {
  contact,
  type ContactFacts,
  register,
  type RegistrationFacts,
} from './computers/computer-registration.js';
export { orderEnded } from './computers/computer-order-end.js';
export { release } from './computers/computer-release.js';
export {
  COMPUTER_FOLDERS,
  COMPUTER_TRANSITIONS,
  COMPUTER_STATES,
  type ComputerFolder,
  type ComputerState,
  isRegistered,
  REGISTERED_STATES,
  statesInFolder,
  UNREGISTERED_STATES,
} from './computers/computer-state.js';
export { COMPUTER_WAIT_CODES, type ComputerWait, computerWaitReason } from './computers/computer-waiting.js';
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
} from './imports/computer-name.js';
export {
  COMPUTER_ACTIONS,
  type ComputerAction,
  kindOfAction,
  routeOf,
  startAction,
} from './computers/computer-action.js';
export { demandRemovable, reimport } from './computers/computer-removal.js';
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
} from './imports/directory.js';
export {
  canInstallOn,
  disable,
  type DistributionPoint,
  DP_STATES,
  type DpAgentInfo,
  type DpKeys,
  type DpClock,
  type DpSighting,
  type DpState,
  enable,
  enrol,
  JOIN_TOKEN_LIFE,
  type JoinToken,
  clockFaultOf,
  lastSignOf,
  serves,
} from './distribution-points/distribution-point.js';
export {
  DOMAIN_ERROR_CODES,
  DomainError,
  type DomainErrorCode,
  type Fault,
  invalid,
  mustBe,
} from './base/errors.js';
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
} from './failures/failure.js';
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
} from './base/ids.js';
export {
  type ImportCandidate,
  NO_INVENTORY,
  readRow,
  type RefusedRow,
  type RowLayout,
  type RowReading,
} from './imports/import-candidate.js';
export {
  candidateOfRow,
  importChangedEvent,
  importedComputer,
  importedEvent,
  importUndoneEvent,
  keptReason,
} from './imports/import-commit.js';
export { csvLine, formulaSafe, rejectedCsv } from './imports/import-export.js';
export { cellText } from './imports/cell.js';
export {
  chooseColumns,
  columnOfHeader,
  columnsOfHeader,
  isHeading,
  NAME_HEADERS_SHOWN,
  twiceInHeader,
} from './imports/import-header.js';
export { type ImportMatch, type KnownComputers, matchRow } from './imports/import-match.js';
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
  IMPORT_TRANSITIONS,
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
} from './imports/import-run.js';
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
} from './imports/import-texts.js';
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
} from './imports/import-transition.js';
export {
  applyRow,
  decideRow,
  dpFixedText,
  identityOf,
  IMPORT_CHANGES,
  type ImportChange,
  type RowDecision,
  rowMessage,
  type RunRules,
} from './imports/import-verdict.js';
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
  ORDER_TRANSITIONS,
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
} from './orders/install-order.js';
export { isHostAddress, isIpAddress } from './base/ip-address.js';
export {
  LOCATION_CRITERIA,
  type LocationCondition,
  type LocationCriterionName,
  parseCondition,
} from './location/location-criterion.js';
export { exampleLocation, type LocationOverlap, overlapOf } from './location/location-overlap.js';
export {
  assignAtContact,
  chooseByLocation,
  LOCATION_PRIORITY_LIMITS,
  LOCATION_REASONS,
  type LocationDecision,
  type LocationReason,
  type LocationRule,
  type RuleVerdict,
} from './location/location-rule.js';
export { windowState, type WindowState } from './settings/maintenance-window.js';
export { faultsOfMoves, type Moves } from './base/state-machine.js';
export {
  coherent,
  wordOn,
  wordOnCancel,
  type ClaimWords,
  type HandOver,
  type WordOnOrder,
} from './orders/order-claim.js';
export { isOvertaken } from './orders/order-report.js';
export { wasPreviousHolder, nextOnRoute, passesOnAt } from './orders/order-route.js';
export { entriesOf, eventsOf, withEntries } from './orders/order-timeline.js';
export { transition } from './orders/order-transition.js';
export { deadlineEvent, dispatchesAt, eventsDueAt, nextDeadline } from './orders/order-deadlines.js';
export { WAIT_CODES, waitReason } from './orders/order-waiting.js';
export { LEASE_UNTIL_ACCEPTED, runningLease } from './orders/lease.js';
export { type Caller } from './access/caller.js';
export {
  type Grant,
  isWithin,
  may,
  type Permission,
  PERMISSIONS,
  type Role,
  ROLES,
} from './access/permissions.js';
export {
  heldFor,
  isOverdue,
  POLL_INTERVAL_LIMITS,
  pollAfter,
  silenceCountsUntil,
} from './distribution-points/poll-schedule.js';
export { retryAfter, type RetryDecision, type RetryQuestion } from './failures/retry-policy.js';
export {
  DEFAULT_SETTINGS,
  effectiveSettings,
  type EffectiveSettings,
  type LayeredSettings,
  type MaintenanceWindow,
  type Settings,
  type SettingsLayer,
  settingsOf,
} from './settings/settings.js';
export { type Tenant } from './access/tenant.js';
export {
  EVENT_KINDS,
  EVENT_SOURCES,
  type EventKind,
  type EventSource,
  type OrderEntry,
  type TimelineEvent,
} from './base/timeline.js';
export { type ApiToken, type Session, type User } from './access/user.js';

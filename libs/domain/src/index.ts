export { printable } from './base/printable.js';
export { platformOf, PLATFORMS, type Platform } from './base/platform.js';
export {
  type Account,
  ACCOUNT_KINDS,
  type AccountKind,
  type AccountUse,
  accountsFor,
  accountsToEnter,
  opensAt,
  opensAtEach,
  coversDp,
  hasLocalAccounts,
  lacksAccount,
  type PendingLogin,
  type SealedSecret,
  usableAt,
  used,
} from './accounts/account.js';
export { isOutdone } from './accounts/machine-abilities.js';
export {
  beginLogin,
  endLogin,
  isProven,
  type LoginAnswer,
  mayLogIn,
  pendingLogins,
  triedAtFirst,
} from './brakes/account-trial.js';
export {
  acceptContradictions,
  type AuditContradiction,
  type AuditPoint,
  noteContradiction,
  type NotedContradiction,
  openContradictions,
} from './distribution-points/audit-contradiction.js';
export {
  type AuditCheckpoint,
  type AuditEntry,
  type AuditHead,
  type AuditLink,
  type PendingLink,
  RESTORED_ACTION,
} from './access/audit.js';
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
export { type ComputerGroup, notCovered, type Uncovered, uncoveredBy } from './orders/release-coverage.js';
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
  registeredSinceBackup,
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
  hasRelease,
  kindOfAction,
  routeOf,
  startAction,
} from './computers/computer-action.js';
export {
  type HostNames,
  hostNameFrom,
  isCalled,
  isCutOf,
  mayBeSameHost,
  NETBIOS_LENGTH,
  netbiosName,
} from './computers/host-name.js';
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
  RELEASES_PER_HOUR,
  transportOf,
} from './imports/directory.js';
export { type Weekday, WEEKDAYS } from './base/wall-clock.js';
export { type DirectoryFilter, type FilterReading, readDirectoryFilter } from './imports/directory-filter.js';
export { fitsAccount, passedOver } from './imports/directory-object.js';
export {
  type DirectorySchedule,
  MOST_SYNC_TIMES,
  nextSyncAt,
  SYNC_EVERY_LIMITS,
} from './imports/directory-schedule.js';
export {
  DIRECTORY_POLICIES,
  type DirectoryCursor,
  type DirectoryPolicy,
  type ImportSync,
  SYNC_KINDS,
  type SyncFound,
  type SyncKind,
} from './imports/import-sync.js';
export {
  alignSync,
  askSync,
  awake,
  type DirectoryReleases,
  type DirectorySync,
  type Leaver,
  leaverMark,
  MOST_OPEN,
  newDirectorySync,
  openMark,
  SYNC_RESULTS,
  type SyncLine,
  type SyncResult,
  takesRow,
} from './imports/directory-sync.js';
export {
  beginSync,
  pendingSettled,
  reserveReleases,
  syncRun,
  syncStep,
  type SyncStep,
} from './imports/directory-sync-step.js';
export {
  AGENT_UPDATE_STATES,
  AGENT_VERSION_WORDS,
  type AgentUpdate,
  type AgentUpdateState,
  type WantedAgent,
  wantedAgent,
} from './distribution-points/agent-version.js';
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
  sealingKeysOf,
  type SecondMachine,
  serves,
} from './distribution-points/distribution-point.js';
export {
  clockFaultOf,
  inviteSecond,
  lastSightingOf,
  lastSignOf,
  machineOf,
  machinesOf,
  type OneMachine,
  removeMachine,
  withKeys,
} from './distribution-points/machines.js';
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
  type AssignmentRuleId,
  type BrakeId,
  type ComputerId,
  DEFAULT_TENANT,
  type DirectoryId,
  type DpId,
  type ImportProfileId,
  type ImportRunId,
  inScope,
  isSlug,
  type LocationRuleId,
  type OrderId,
  type ReleaseVersion,
  type RolloutId,
  SERVER_DP,
  SLUG_PATTERN,
  type TenantId,
  type TenantScope,
} from './base/ids.js';
export {
  addressesOf,
  ASSIGNMENT_CRITERIA,
  ASSIGNMENT_TEXT_CRITERIA,
  type AssignmentCondition,
  type AssignmentFacts,
  judgeAssignment,
  parseAssignmentCondition,
} from './imports/assignment-criterion.js';
export {
  asAssignmentCondition,
  asLocationCondition,
  ASSIGNMENT_POSITION_LIMITS,
  ASSIGNMENT_POSITION_STEP,
  ASSIGNMENT_TARGETS,
  type Assigned,
  type AssignmentRule,
  type AssignmentTarget,
  groupsOfRules,
  inRuleOrder,
  MOST_ASSIGNMENT_RULES,
  reordered,
  rulesFor,
} from './imports/assignment-rule.js';
export {
  assignDp,
  type Assignment,
  type AssignmentInput,
  type DpChoice,
  dpOfTarget,
  KEEPS_DP,
  makeAssignment,
} from './imports/assignment.js';
export {
  type AssignedBy,
  type Chooser,
  CHOOSERS,
  type MappedValue,
  MOST_MAPPED_VALUES,
  type ValueMapping,
  WITHOUT_DP,
  type WithoutDp,
} from './imports/chosen-dp.js';
export { type ExplainedChoice, type ExplainedStep, explainDp } from './imports/assignment-explain.js';
export { type AssignmentOverlap, assignmentOverlap } from './imports/assignment-overlap.js';
export { noRows, tallied, type TalliedRow } from './imports/assignment-tally.js';
export {
  type ChosenRows,
  type RuleTally,
  type RuleOverlap,
  type RunAssignment,
} from './imports/chosen-dp.js';
export { dnKey, isDn, partsOfDn } from './imports/distinguished-name.js';
export { type AssignableDp, type DpIndex, dpIndex } from './imports/dp-suggestion.js';
export {
  type ColumnValue,
  columnValues,
  likelyDpColumn,
  VALUE_RESOLUTIONS,
} from './imports/mapped-values.js';
export {
  headerShape,
  type ImportProfile,
  mergedMapping,
  profileOfRun,
  type ProfileFacts,
  withProfile,
} from './imports/import-profile.js';
export { assignmentFacts, rowColumns, type RowColumns } from './imports/row-columns.js';
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
export { cellsOfLine } from './imports/csv-line.js';
export { decideNamesakes, decisionsOf, undecidedOf } from './imports/import-decision.js';
export { NAMESAKE_DECISIONS, type NamesakeDecision, type NamesakeDecisions } from './imports/namesake.js';
export { COMPUTER_CSV_COLUMNS, type ComputerCsvColumn, computersCsv } from './imports/computer-export.js';
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
  type DetectedCsv,
  IMPORT_BATCH,
  IMPORT_TRANSITIONS,
  IMPORT_SOURCES,
  IMPORT_STATES,
  IMPORT_TAKES,
  type ImportTakes,
  IMPORT_VERDICTS,
  type ImportCounts,
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
  type AdOptions,
  CSV_DELIMITERS,
  CSV_ENCODINGS,
  type CsvDelimiter,
  type CsvEncoding,
  type CsvOptions,
  IMPORT_COLUMNS,
  type ImportColumn,
  type ImportOptions,
} from './imports/import-options.js';
export { type Namesake } from './imports/namesake.js';
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
  type CommitConsent,
  dropsMany,
  importCommitted,
  importFailed,
  importStuck,
  type ImportOutcome,
  needsConfirmDrop,
  needsDpChoice,
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
export { commonOpening, windowState, type WindowState } from './settings/maintenance-window.js';
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
export { laterBy, recall, type Restoration } from './orders/order-recall.js';
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
  GLOBAL_SETTINGS,
  type LayeredSettings,
  type MaintenanceWindow,
  type Settings,
  type SettingsLayer,
  settingsOf,
} from './settings/settings.js';
export {
  MAX_VIEWS,
  mayChangeView,
  type SavedView,
  seesView,
  VIEW_LISTS,
  type ViewCriterion,
  type ViewList,
} from './access/saved-view.js';
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
export {
  attempted,
  type Delivery,
  DELIVERY_CHANNELS,
  type DeliveryAttempt,
  type DeliveryChannel,
  DELIVERY_OUTCOMES,
  type DeliveryOutcome,
  DELIVERY_STATES,
  type DeliveryState,
  mayBegin,
  newDelivery,
  resent,
  taken,
} from './notices/delivery.js';
export {
  concerns,
  expiryStage,
  type NewNotice,
  newNotice,
  type Notice,
  NOTICE_KINDS,
  NOTICE_RULES,
  type NoticeFacts,
  type NoticeKind,
  noticeText,
} from './notices/notice.js';
export {
  type EffectivePreferences,
  effectivePreferences,
  MAIL_MODES,
  type MailChoices,
  mailDueAt,
  type MailMode,
  mayBeTold,
  noPreferences,
  type NotificationPreferences,
  type PreferencesOwner,
} from './notices/notification-preferences.js';
export {
  type NotificationTarget,
  type SealedForServer,
  SECRET_OVERLAP_HOURS,
  TARGET_SECRET_INFO,
  wants,
  WEBHOOK_FORMATS,
  type WebhookFormat,
} from './notices/notification-target.js';
export {
  type AllowedHosts,
  isAllowedHost,
  isPublicAddress,
  parseAllowedHosts,
} from './notices/outgoing-host.js';
export {
  ACTIVE_ROLLOUT_STATES,
  DEFAULT_PROOF,
  DEFAULT_SILENT_AFTER,
  DEFAULT_STOPS,
  hasRolloutEnded,
  PAUSE_KINDS,
  type PauseCause,
  type Rollout,
  ROLLOUT_KINDS,
  ROLLOUT_STATES,
  ROLLOUT_TRANSITIONS,
  rolloutDp,
  type RolloutGrant,
  rolloutKind,
  type RolloutKind,
  type RolloutPace,
  type RolloutState,
  type RolloutWave,
  type StopEvidence,
  type StoppedDp,
  type StopRule,
  type StopScope,
  takesChanges,
  type WaveInput,
  type WaveProof,
  type WaveSize,
} from './rollouts/rollout.js';
export {
  isSameStanding,
  MEMBER_STATES,
  memberId,
  type MemberStanding,
  memberStanding,
  type MemberState,
  type RolloutMember,
  SKIP_REASONS,
  type SkipReason,
  STARTED_MEMBER_STATES,
} from './rollouts/rollout-member.js';
export { isOfRelease } from './rollouts/rollout-cause.js';
export {
  holdOfRollout,
  nextStep,
  type RolloutCounts,
  rolloutCounts,
  type RolloutStep,
  waveProgress,
} from './rollouts/rollout-next.js';
export { type Allowance, etaOf, MOST_STARTED_AT_ONCE, pickStarts } from './rollouts/rollout-pace.js';
export { type Candidate, DEFAULT_WAVES, planWaves, type Placed } from './rollouts/rollout-plan.js';
export { EMPTY_TALLY, type RolloutTally, type TallyRow } from './rollouts/rollout-tally.js';
export {
  type ArchivedFile,
  keptSince,
  type OrderUse,
  removableOrders,
  RETENTION_KINDS,
  type RetentionKey,
  type RetentionKind,
  type RetentionPlan,
  type RetentionState,
} from './retention/retention.js';
export { type RolloutEvent, rolloutTransition } from './rollouts/rollout-transition.js';
export {
  faultsOfNetworks,
  isEnabledByKey,
  JOIN_KEY_USES,
  type JoinKey,
  useJoinKey,
} from './distribution-points/join-key.js';

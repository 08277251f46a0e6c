export { AccountRepository } from './account.repository.js';
export { JoinKeyRepository } from './join-key.repository.js';
export { ApiTokenRepository } from './api-token.repository.js';
export { AuditChainRepository } from './audit-chain.repository.js';
export { AUDIT_SORT_FIELDS, AuditRepository, type AuditFilter } from './audit.repository.js';
export {
  type LinkedAuditRow,
  storedAudit,
  type StoredAudit,
  type StoredAuditRow,
  type UnlinkedEntries,
} from './audit-reading.js';
export { BlobStore, BlobTooLarge, type StoredBlob } from './blob-store.js';
export { BrakeRepository } from './brake.repository.js';
export { ClientReleaseRepository } from './client-release.repository.js';
export {
  COMPUTER_SORT_FIELDS,
  ComputerRepository,
  type ComputerFilter,
  type ComputerKeys,
  type ComputerSortField,
  searchText,
  wordsOf,
} from './computer.repository.js';
export { DatabaseProbe } from './database-probe.js';
export { DELIVERY_SORT_FIELDS, DeliveryRepository, type DeliveryFilter } from './delivery.repository.js';
export { DirectorySyncRepository } from './directory-sync.repository.js';
export { DistributionPointRepository } from './distribution-point.repository.js';
export type { BulkOutcome } from './versioned-collection.js';
export {
  OptimisticLockError,
  retryLost,
  retryWhenBeaten,
  updateWithRetry,
  type Updated,
} from './optimistic-lock.js';
export type { DatabaseUse } from './connection-options.js';
export { withDatabase } from './database.js';
export { databaseClockFault } from './server-version.js';
export { databaseEnv } from './env.js';
export { IdempotencyRepository, type IdempotencyRecord, type KeptError } from './idempotency.repository.js';
export {
  DirectoryRepository,
  IMPORT_ROW_SORT_FIELDS,
  IMPORT_RUN_SORT_FIELDS,
  ImportRowRepository,
  ImportRunRepository,
  type ImportRowKey,
  type RowMark,
} from './import.repositories.js';
export { InstallationRepository, type ServerKeyRecord } from './installation.repository.js';
export { LoginAttemptsRepository } from './login-attempts.repository.js';
export {
  AssignmentRuleRepository,
  assignmentStamp,
  ImportProfileRepository,
} from './assignment.repositories.js';
export { LocationRuleRepository } from './location-rule.repository.js';
export { migrate, laterThan, migrationsOf } from './migrate.js';
export { NEWEST_MIGRATION } from './migrations/index.js';
export { NoticeRepository } from './notice.repository.js';
export { NotificationPreferencesRepository } from './notification-preferences.repository.js';
export { NotificationTargetRepository } from './notification-target.repository.js';
export { OrderMeasuresRepository, type OrderStanding } from './order-measures.repository.js';
export {
  ORDER_SORT_FIELDS,
  OrderRepository,
  type OrderFilter,
  type OrderSortField,
} from './order.repository.js';
export type { PageRequest, PageResult } from './pages.js';
export { makeAllIndexes, PersistenceModule, SCHEMAS, type PersistenceOptions } from './persistence.module.js';
export { SavedViewRepository } from './saved-view.repository.js';
export { RetentionRepository } from './retention.repository.js';
export {
  RolloutMemberRepository,
  type MemberCause,
  type MemberFilter,
  type SeenStanding,
} from './rollout-member.repository.js';
export {
  beginRestore,
  demandRestored,
  endRestore,
  isOwnRestore,
  restoreUnderWay,
  type RestoreMarker,
} from './restore-marker.js';
export {
  ROLLOUT_SORT_FIELDS,
  RolloutRepository,
  type RolloutFilter,
  type RolloutGate,
} from './rollout.repository.js';
export { notedPrograms, RunningMark, runningPrograms, type RunningProgram } from './running-programs.js';
export { SessionRepository } from './session.repository.js';
export { SettingsRepository, type StoredSettings } from './settings.repository.js';
export { documentCheck, StoredDocumentError } from './stored-document.js';
export { TenantRepository } from './tenant.repository.js';
export { TimelineRepository } from './timeline.repository.js';
export { UserRepository } from './user.repository.js';

export { AccountRepository } from './account.repository.js';
export { ApiTokenRepository } from './api-token.repository.js';
export { AuditRepository, type AuditFilter } from './audit.repository.js';
export { BlobStore, BlobTooLarge, type StoredBlob } from './blob-store.js';
export { BrakeRepository } from './brake.repository.js';
export { ClientReleaseRepository } from './client-release.repository.js';
export {
  COMPUTER_SORT_FIELDS,
  ComputerRepository,
  type ComputerFilter,
  type ComputerKeys,
  type ComputerSortField,
} from './computer.repository.js';
export { DatabaseProbe } from './database-probe.js';
export { DistributionPointRepository } from './distribution-point.repository.js';
export type { BulkOutcome } from './versioned-collection.js';
export {
  OptimisticLockError,
  retryLost,
  retryWhenBeaten,
  updateWithRetry,
  type Updated,
} from './optimistic-lock.js';
export { databaseEnv } from './env.js';
export { IdempotencyRepository, type IdempotencyRecord, type KeptError } from './idempotency.repository.js';
export {
  DirectoryRepository,
  ImportRowRepository,
  ImportRunRepository,
  type ImportRowKey,
  type RowMark,
} from './import.repositories.js';
export { InstallationRepository, type ServerKeyRecord } from './installation.repository.js';
export { LoginAttemptsRepository } from './login-attempts.repository.js';
export { LocationRuleRepository } from './location-rule.repository.js';
export {
  ORDER_SORT_FIELDS,
  OrderRepository,
  type OrderFilter,
  type OrderSortField,
} from './order.repository.js';
export type { PageRequest, PageResult } from './pages.js';
export { PersistenceModule, SCHEMAS, type PersistenceOptions } from './persistence.module.js';
export { SessionRepository } from './session.repository.js';
export { SettingsRepository, type StoredSettings } from './settings.repository.js';
export { documentCheck, StoredDocumentError } from './stored-document.js';
export { TenantRepository } from './tenant.repository.js';
export { TimelineRepository } from './timeline.repository.js';
export { UserRepository } from './user.repository.js';

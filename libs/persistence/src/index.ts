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
export { DistributionPointRepository } from './distribution-point.repository.js';
export type { BulkOutcome } from './documents.js';
export { databaseEnv } from './env.js';
export { IdempotencyRepository, type IdempotencyRecord } from './idempotency.repository.js';
export {
  DirectoryRepository,
  ImportRowRepository,
  ImportRunRepository,
  type ImportRowKey,
  type RowMark,
} from './import.repositories.js';
export { LocationRuleRepository } from './location-rule.repository.js';
export {
  ORDER_SORT_FIELDS,
  OrderRepository,
  type OrderFilter,
  type OrderSortField,
} from './order.repository.js';
export type { PageRequest, PageResult } from './pages.js';
export { DatabaseProbe, PersistenceModule, type PersistenceOptions } from './persistence.module.js';
export { SessionRepository } from './session.repository.js';
export { SettingsRepository, type StoredSettings } from './settings.repository.js';
export { TenantRepository } from './tenant.repository.js';
export { TimelineRepository } from './timeline.repository.js';
export { UserRepository } from './user.repository.js';

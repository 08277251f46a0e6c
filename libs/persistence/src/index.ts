export {
  ApiTokenRepository,
  AuditRepository,
  IdempotencyRepository,
  SessionRepository,
  UserRepository,
  type ApiToken,
  type AuditEntry,
  type IdempotencyRecord,
  type Session,
  type User,
} from './access.repositories.js';
export { AccountRepository } from './account.repository.js';
export { BlobStore, BlobTooLarge, type StoredBlob } from './blob-store.js';
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
export {
  DirectoryRepository,
  ImportRowRepository,
  ImportRunRepository,
  type ImportRowKey,
} from './import.repositories.js';
export {
  ORDER_SORT_FIELDS,
  OrderRepository,
  type OrderFilter,
  type OrderSortField,
} from './order.repository.js';
export type { PageRequest, PageResult } from './pages.js';
export { DatabaseProbe, PersistenceModule, type PersistenceOptions } from './persistence.module.js';
export { SettingsRepository, type StoredSettings } from './settings.repository.js';
export { TenantRepository, type Tenant } from './tenant.repository.js';
export { TimelineRepository } from './timeline.repository.js';

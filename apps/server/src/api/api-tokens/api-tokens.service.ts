import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import {
  type ApiToken,
  type Caller,
  DomainError,
  invalid,
  isWithin,
  type Role,
  type TenantScope,
} from '#domain';
import { ApiTokenRepository, SavedViewRepository } from '#persistence';
import { newId } from '#runtime';
import { randomToken, sha256 } from '#sealing';
import { AuditService } from '../../platform/audit/audit.service.js';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import type { IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { API_TOKEN_PREFIX } from '../../platform/auth/authentication.js';
import { auditTenant, PermissionPolicy } from '../../platform/auth/permission-policy.js';

/** Label of the token that the environment gives. */
const ENV_TOKEN_LABEL = 'environment';

export interface NewApiToken {
  label: string;
  role: Role;
  tenants: TenantScope;
  expiresAt: Date | null;
}

/** API tokens: shown once, stored as SHA-256. Nobody can make one that may more than they do. */
@Injectable()
export class ApiTokensService implements OnApplicationBootstrap {
  constructor(
    private readonly tokens: ApiTokenRepository,
    private readonly views: SavedViewRepository,
    private readonly permissions: PermissionPolicy,
    private readonly audit: AuditService,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  /** The owner's token from the environment exists from the first start on. */
  async onApplicationBootstrap(): Promise<void> {
    const { API_TOKEN } = this.env;
    if (API_TOKEN === undefined || (await this.tokens.findByHash(sha256(API_TOKEN)))) return;
    await this.tokens.insert(
      record(
        newId(),
        API_TOKEN,
        { label: ENV_TOKEN_LABEL, role: 'owner', tenants: 'all', expiresAt: null },
        'environment',
      ),
    );
  }

  /** @throws DomainError FORBIDDEN for a role or tenants beyond the caller's own; VALIDATION_FAILED */
  async create(
    caller: Caller,
    wish: NewApiToken,
    creation: IdempotentCreate,
  ): Promise<{ token: string; stored: ApiToken }> {
    await this.permissions.assertMayGrant(caller, wish);
    if (wish.expiresAt && wish.expiresAt <= new Date()) {
      throw invalid([{ path: 'expiresAt', code: 'past', key: 'fault.future' }]);
    }
    const token = API_TOKEN_PREFIX + randomToken();
    const fresh = record(creation.id, token, wish, caller.name);
    // After a crash the first run's token may exist already; nobody was ever shown it.
    if (!(await this.tokens.insert(fresh))) {
      await this.tokens.remove(creation.id);
      await this.tokens.insert(fresh);
    }
    await this.audit.record(
      caller,
      'api-token.created',
      `api-token:${fresh.id}`,
      { after: { ...wish } },
      auditTenant(wish),
    );
    return { token, stored: fresh };
  }

  /** Only tokens the caller could have made are shown. */
  async list(caller: Caller): Promise<ApiToken[]> {
    return (await this.tokens.list()).filter((token) => isWithin(caller, token));
  }

  /** @throws DomainError NOT_FOUND */
  async remove(caller: Caller, id: string): Promise<void> {
    const token = await this.tokens.findById(id);
    if (!token || !isWithin(caller, token)) throw new DomainError('NOT_FOUND', 'notFound.apiToken');
    // before as well: what a crash leaves behind is an API token that can be deleted again
    await this.views.removePrivateOf(`token:${id}`);
    await this.tokens.remove(id);
    await this.views.removePrivateOf(`token:${id}`);
    const { label, role, tenants, expiresAt } = token;
    await this.audit.record(
      caller,
      'api-token.deleted',
      `api-token:${id}`,
      { before: { label, role, tenants, expiresAt } },
      auditTenant(token),
    );
  }
}

function record(id: string, token: string, wish: NewApiToken, createdBy: string): ApiToken {
  return { id, hash: sha256(token), ...wish, createdBy, createdAt: new Date(), lastUsedAt: null };
}

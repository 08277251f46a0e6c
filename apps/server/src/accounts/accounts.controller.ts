import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import {
  coversDp,
  isProven,
  type Account,
  type AccountId,
  type DistributionPoint,
  type DpId,
  type TenantId,
} from '#domain';
import { AccountRepository, DistributionPointRepository } from '#persistence';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { CreatedAt } from '../http/answer-headers.interceptor.js';
import { CurrentCreation, type Creation } from '../http/creation.js';
import { IfMatch } from '../http/if-match.js';
import { mapPage } from '../http/page.dto.js';
import { mentions, pageInMemory } from '../http/page-in-memory.js';
import {
  AccountDto,
  AccountPage,
  AccountsQuery,
  ChangeAccountDto,
  CreateAccountDto,
  SealedForDto,
  type ScopeOnWire,
} from './account.dto.js';
import { sealedFor } from './account-sealing.js';
import { Accounts } from './accounts.service.js';

@ApiTags('accounts')
@ApiExtraModels(SealedForDto)
@Controller('api/v1/accounts')
@Needs('accounts.manage')
export class AccountsController {
  constructor(
    private readonly accounts: Accounts,
    private readonly repository: AccountRepository,
    private readonly dps: DistributionPointRepository,
  ) {}

  /** In the order they are tried. */
  @Get()
  @Needs('accounts.read')
  @ApiOkResponse({ type: AccountPage })
  async list(@CurrentCaller() caller: Caller, @Query() query: AccountsQuery): Promise<AccountPage> {
    const { tenant, dp, q } = query;
    const found = (await this.repository.list(caller.tenants)).filter(
      (account) =>
        (tenant === undefined || account.tenant === tenant) &&
        (dp === undefined || coversDp(account, dp as DpId)) &&
        mentions(q, account.label, account.username),
    );
    const page = pageInMemory(found, query, {
      label: (account) => account.label,
      order: (account) => account.order,
      createdAt: (account) => account.createdAt,
    });
    const dps = await this.dps.list('all');
    return mapPage(page, (account) => accountDto(account, dps));
  }

  /** The secret is sealed to the DPs' keys at once; nobody can read it again. */
  @Post()
  @CreatedAt('/api/v1/accounts/{id}')
  @ApiCreatedResponse({ type: AccountDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateAccountDto,
    @CurrentCreation() creation: Creation,
  ): Promise<AccountDto> {
    const { label, tenant, username, domain, password, privateKey, passphrase, order, scope } = body;
    const wish = {
      label,
      tenant: tenant as TenantId,
      username,
      domain: domain ?? null,
      password,
      privateKey,
      passphrase,
      order: order ?? 0,
      scope: scopeOf(scope ?? 'all'),
    };
    return this.show(await this.accounts.create(caller, wish, creation));
  }

  @Get(':id')
  @Needs('accounts.read')
  @ApiOkResponse({ type: AccountDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<AccountDto> {
    return this.show(await this.accounts.get(caller, id as AccountId));
  }

  /** Changes an account; with a secret, it is sealed anew to every DP in scope. */
  @Patch(':id')
  @ApiOkResponse({ type: AccountDto })
  async change(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeAccountDto,
    @IfMatch() revision: number | null,
  ): Promise<AccountDto> {
    const { label, username, domain, password, privateKey, passphrase, order, scope } = body;
    const change = {
      label,
      username,
      domain,
      password,
      privateKey,
      passphrase,
      order,
      scope: scope && scopeOf(scope),
    };
    return this.show(await this.accounts.change(caller, id as AccountId, change, revision));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @IfMatch() revision: number | null,
  ): Promise<void> {
    return this.accounts.remove(caller, id as AccountId, revision);
  }

  private async show(account: Account): Promise<AccountDto> {
    return accountDto(account, await this.dps.list('all'));
  }
}

function accountDto(account: Account, dps: readonly DistributionPoint[]): AccountDto {
  const { id, label, tenant, username, domain, kind, order, scope, lastUse, createdAt, revision } = account;
  return {
    id,
    label,
    tenant,
    username,
    domain,
    kind,
    order,
    scope: scope.dps === 'all' ? 'all' : { dps: [...scope.dps] },
    sealedFor: sealedFor(account, dps),
    lastUsed: lastUse?.at.toISOString() ?? null,
    lastResult: lastUse?.result ?? null,
    proven: isProven(account),
    createdAt: createdAt.toISOString(),
    revision,
  };
}

function scopeOf(scope: ScopeOnWire): Account['scope'] {
  return { dps: scope === 'all' ? 'all' : (scope.dps as DpId[]) };
}

import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
  ApiOperation,
} from '@nestjs/swagger';
import {
  type Account,
  type AccountId,
  type Caller,
  coversDp,
  type DistributionPoint,
  type DpId,
  isProven,
  type TenantId,
} from '#domain';
import { AccountRepository, DistributionPointRepository } from '#persistence';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { IfMatch } from '../../platform/http/if-match.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { mentions, NEVER, pageInMemory } from '../../platform/http/page-in-memory.js';
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
import { AccountsService } from './accounts.service.js';

@ApiTags('accounts')
@ApiExtraModels(SealedForDto)
@Controller('api/v1/accounts')
@RequirePermission('accounts.manage')
export class AccountsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly repository: AccountRepository,
    private readonly dps: DistributionPointRepository,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listAccounts',
    summary: 'List accounts',
    description: 'Accounts in the order they are tried, without their secrets.',
  })
  @RequirePermission('accounts.read')
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
      user: ({ domain, username }) => `${domain ?? ''}\\${username}`.toLowerCase(),
      tenant: (account) => account.tenant,
      lastUsed: (account) => account.lastUse?.at ?? NEVER,
    });
    const dps = await this.dps.list('all');
    return mapPage(page, (account) => accountDto(account, dps));
  }

  @Post()
  @ApiOperation({
    operationId: 'createAccount',
    summary: 'Store an account',
    description:
      'Seals the secret to the keys of every DP in scope that is enabled now. Nobody, the server included, can read it again. A DP that is enabled later needs the secret once more: see `sealedFor`.',
  })
  @CreatedAt('/api/v1/accounts/{id}')
  @ApiCreatedResponse({ type: AccountDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateAccountDto,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
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
  @ApiOperation({
    operationId: 'getAccount',
    summary: 'Show an account',
    description: 'One account, without its secret.',
  })
  @RequirePermission('accounts.read')
  @ApiOkResponse({ type: AccountDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<AccountDto> {
    return this.show(await this.accounts.get(caller, id as AccountId));
  }

  @Patch(':id')
  @ApiOperation({
    operationId: 'changeAccount',
    summary: 'Change an account',
    description:
      'Changes what the body names. With a secret, it is sealed anew to every enabled DP in scope; user name and domain can only be changed together with the secret.',
  })
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
  @ApiOperation({
    operationId: 'deleteAccount',
    summary: 'Delete an account',
    description: 'Orders that were to use it take the next account of their DP, or wait.',
  })
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

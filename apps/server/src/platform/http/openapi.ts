import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { ServerEnv } from '../config/server-env.js';
import { completeDocument } from './openapi-document.js';
import { ProblemDto } from './problem.dto.js';

const DOCUMENT_URL = 'api/v1/openapi.json';

const DESCRIPTION = `
Installs a management client onto computers at remote sites, through distribution points (DPs).

- **Lists** answer \`{items, next, total}\`; \`next\` goes into \`after\` of the next call, null ends the list.
- **Long work** answers \`202\` with the object to watch.
- **Errors** are problem details (RFC 9457) with a stable \`code\`. Besides those of each operation, any request may be
  refused with \`405\`, \`408\`, \`414\` or \`431\` before it reaches its operation.
- **Language:** \`Accept-Language: de\` gives the texts of a response in German.
- Every response carries \`X-Request-Id\`, which the server's log has as well.
`.trim();

/** Tag → what its operations are about, in the order in which people need them. */
const TAGS = {
  session: 'Log in and out; who the caller is. Scripts use API tokens instead.',
  'distribution-points': 'DPs: the machines at the sites that install for the server.',
  accounts: 'Accounts with administrative rights on the computers, sealed to the DPs that use them.',
  'client-releases': 'Versions of the management client and their files.',
  imports: 'Computers from CSV files and directories: preview, commit, undo.',
  'assignment-rules': 'Which DP the rows of an import get.',
  'import-profiles': 'How files with certain headings are read, and which DPs their values mean.',
  directories: 'Directories (LDAP, Active Directory) that computers are imported from.',
  computers: 'Computers from import to retirement; releases and actions.',
  rollouts: 'Releases of many computers in waves, which stop themselves when too much fails.',
  orders: 'What DPs are to do, have done, or wait for.',
  brakes: 'Hold back all orders that share an account, a client release or a DP.',
  'location-rules': 'Which DP serves a registered client, by where the client is.',
  settings: 'Settings in three layers: global, tenant, DP. The nearer one wins.',
  tenants: 'Tenants, which own everything else.',
  users: 'Users who log in to the console.',
  'api-tokens': 'Tokens for scripts.',
  views: 'Saved views: filter, sort and columns of a list under a name, for oneself or for a tenant.',
  notifications: 'What is told to webhooks and by mail: targets, deliveries, and who wants what.',
  overview: 'Counts for a first look.',
  events: 'Changes as they happen.',
  audit: 'Who did what.',
  'dead-letters': 'Messages that could not be processed.',
  client: 'The client API: what installed management clients call.',
} as const;

/** The OpenAPI 3.1 document of the admin API and the client API. */
export function apiDocument(app: NestFastifyApplication, env: ServerEnv): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Relaypoint')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer(env.PUBLIC_URL)
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API token, rlp_…' }, 'apiToken')
    .addCookieAuth(
      'relaypoint_session',
      {
        type: 'apiKey',
        in: 'cookie',
        description: 'A session of the console. Changes need the header `X-Requested-With` as well.',
      },
      'session',
    )
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: 'The secret that a client got at its registration.' },
      'clientSecret',
    );
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  return completeDocument(SwaggerModule.createDocument(app, builder.build(), { extraModels: [ProblemDto] }));
}

/** Serves the document and a page to read it by. */
export function serveApiDocument(app: NestFastifyApplication, env: ServerEnv): void {
  SwaggerModule.setup('docs', app, () => apiDocument(app, env), {
    jsonDocumentUrl: DOCUMENT_URL,
    raw: ['json'],
    customSiteTitle: 'Relaypoint API',
  });
}

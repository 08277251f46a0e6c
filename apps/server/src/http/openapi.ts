import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { serverEnv } from '../env.js';
import { completeDocument } from './openapi-document.js';
import { ProblemDto } from './problem.dto.js';

const DOCUMENT_URL = 'api/v1/openapi.json';

/** The OpenAPI 3 document of the admin API and the client API. */
export function apiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Relaypoint')
    .setDescription(
      'Installs a management client onto computers at remote sites, through distribution points.',
    )
    .setVersion('1')
    .addServer(serverEnv().PUBLIC_URL)
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API token, rlp_…' }, 'apiToken')
    .addCookieAuth('relaypoint_session', { type: 'apiKey', in: 'cookie' }, 'session')
    .build();
  return completeDocument(SwaggerModule.createDocument(app, config, { extraModels: [ProblemDto] }));
}

/** Serves the document and a page to read it by. */
export function serveApiDocument(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => apiDocument(app), {
    jsonDocumentUrl: DOCUMENT_URL,
    raw: ['json'],
    customSiteTitle: 'Relaypoint API',
  });
}

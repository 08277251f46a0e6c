import {
  type CallHandler,
  type CustomDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  Logger,
  type NestInterceptor,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { DomainError, type Fault, invalid, mustBe } from '#domain';
import { BlobStore, type StoredBlob } from '#persistence';
import type { MessageDescriptor } from '#texts';
import { SERVER_ENV, type ServerEnv } from '../config/server-env.js';
import { tooLarge } from './body-stream.js';
import { EdgeError, isTooDeep } from '#http';
import { MAX_DEPTH } from './body-parsing.js';

const TAKES_UPLOAD = 'relaypoint:takes-upload';
/** What a form adds to the file itself, at most. */
const FORM_BYTES = 1024 * 1024;

/** What a form holds beside its file: every field is text, and those named here are JSON. */
export interface UploadForm {
  jsonFields: readonly string[];
}

/** A route that also takes a form with one file in the field `file`. */
export const TakesUpload = (form: UploadForm): CustomDecorator => SetMetadata(TAKES_UPLOAD, form);

/** A file that came with a form; it is in the store already. */
export interface Upload extends StoredBlob {
  /** As the sender called it; for people, never a path. */
  name: string;
  /** Set by who keeps it; otherwise it is thrown away when the request ends. */
  kept: boolean;
}

export interface UploadRequest {
  upload?: Upload;
}

type Request = FastifyRequest & UploadRequest;

/**
 * Streams the file of a form into the store, and makes its other fields the body. Runs before the Idempotency-Key is
 * looked at, which compares the file's digest.
 */
@Injectable()
export class UploadInterceptor implements NestInterceptor {
  private readonly log = new Logger(UploadInterceptor.name);

  constructor(
    private readonly blobs: BlobStore,
    private readonly reflector: Reflector,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<Request>();
    if (!request.isMultipart()) return next.handle();
    const form = this.reflector.get<UploadForm | undefined>(TAKES_UPLOAD, context.getHandler());
    if (!form) {
      throw new EdgeError('UNSUPPORTED_MEDIA_TYPE', 'request.jsonOnly');
    }
    return from(this.withUpload(request, form, next));
  }

  private async withUpload(request: Request, form: UploadForm, next: CallHandler): Promise<unknown> {
    try {
      await this.receive(request, form).catch((error: unknown) => {
        throw formFault(error);
      });
      return await lastValueFrom(next.handle(), { defaultValue: undefined });
    } finally {
      const { upload } = request;
      if (upload && !upload.kept) {
        await this.blobs
          .remove(upload.blob)
          .catch((error: unknown) => this.log.warn(error, 'an upload was left behind'));
      }
    }
  }

  private async receive(request: Request, form: UploadForm): Promise<void> {
    const limit = this.env.IMPORT_MAX_BYTES;
    if (Number(request.headers['content-length'] ?? 0) > limit + FORM_BYTES) {
      request.raw.resume();
      throw tooLarge(limit);
    }
    const fields: Record<string, unknown> = {};
    const faults: Fault[] = [];
    for await (const part of request.parts()) {
      if (part.type === 'field') {
        fields[part.fieldname] = part.value;
        continue;
      }
      if (part.fieldname !== 'file' || request.upload) {
        part.file.resume();
        faults.push({
          path: part.fieldname,
          code: 'file',
          key: 'fault.fileTooMany',
        });
        continue;
      }
      const stored = await this.blobs.write(part.filename, part.file);
      request.upload = { ...stored, name: part.filename, kept: false };
      if (part.file.truncated) throw tooLarge(limit);
    }
    if (faults.length > 0) throw invalid(faults);
    request.body = formBody(fields, form);
  }
}

/** An empty field of a form counts as left out. */
function formBody(fields: Record<string, unknown>, { jsonFields }: UploadForm): Record<string, unknown> {
  const given = Object.entries(fields).filter(([, value]) => value !== '');
  return Object.fromEntries(
    given.map(([name, value]) => [name, jsonFields.includes(name) ? parsed(name, value) : value]),
  );
}

function parsed(name: string, value: unknown): unknown {
  const fault = (code: string, message: MessageDescriptor): DomainError =>
    invalid([{ path: name, code, ...message }]);
  let json: unknown;
  try {
    json = JSON.parse(String(value));
  } catch {
    throw fault('json', mustBe('what.json'));
  }
  if (isTooDeep(json, MAX_DEPTH)) throw fault('depth', { key: 'fault.tooDeep' });
  return json;
}

/** What the parser of forms throws is the sender's fault; what the store throws is not. */
function formFault(error: unknown): unknown {
  const { name = '', statusCode } = error as { name?: string; statusCode?: number };
  const isKnown = error instanceof DomainError || statusCode !== undefined || name.startsWith('Mongo');
  return isKnown ? error : invalid([{ path: '', code: 'malformed', key: 'fault.formBroken' }]);
}

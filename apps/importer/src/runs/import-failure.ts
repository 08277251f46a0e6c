import type { ImportFault, ImportFaultCode } from '#domain';
import { type MessageDescriptor, textIn, type TextKey, type TextParams } from '#texts';

/** The run cannot be read, and trying again would not help: the run ends as `failed` with this fault. */
export class ImportFailure extends Error {
  override readonly name = 'ImportFailure';
  readonly fault: ImportFault & MessageDescriptor;

  constructor(code: ImportFaultCode, key: TextKey, params: TextParams = {}, line: number | null = null) {
    super(`${code}: ${textIn('en', { key, params })}`);
    this.fault = { code, key, params, line };
  }
}

import type { ImportFault, ImportFaultCode } from '#domain';

/** The run cannot be read, and trying again would not help: the run ends as `failed` with this fault. */
export class ImportFailure extends Error {
  override readonly name = 'ImportFailure';
  readonly fault: ImportFault;

  constructor(code: ImportFaultCode, text: string, line: number | null = null) {
    super(`${code}: ${text}`);
    this.fault = { code, text, line };
  }
}

import { findCommand } from '../peers/background.ts';

/** Options for playwright's `chromium.launch`: the system's browser, or the one that was unpacked for the tests. */
export function systemChromium(): { executablePath: string } {
  const executablePath = findCommand('chromium', ['/usr/bin']);
  if (executablePath === undefined) throw new Error('chromium is not installed');
  return { executablePath };
}

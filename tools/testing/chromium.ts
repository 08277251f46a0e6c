import { findCommand } from '../peers/background.ts';

/** The one without windows costs a third of the other's time. */
const COMMANDS = ['chromium-headless-shell', 'chromium'];

/** Options for playwright's `chromium.launch`: the system's browser, or the one that was unpacked for the tests. */
export function systemChromium(): { executablePath: string } {
  for (const command of COMMANDS) {
    const executablePath = findCommand(command, ['/usr/bin']);
    if (executablePath !== undefined) return { executablePath };
  }
  throw new Error('chromium is not installed');
}

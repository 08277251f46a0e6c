import { backupCommand } from './backup/backup-command.js';
import type { Command } from './program/command.js';
import { restoreCommand } from './restore/restore-command.js';
import { statusCommand } from './status/status-command.js';
import { verifyCommand } from './verify/verify-command.js';
import { verifyAuditCommand } from './verify-audit/verify-audit-command.js';

/** All of `relaypoint-admin`, in the order in which they are listed. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  status: statusCommand,
  backup: backupCommand,
  verify: verifyCommand,
  restore: restoreCommand,
  'verify-audit': verifyAuditCommand,
};

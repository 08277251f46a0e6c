/**
 * Tells the process that started this one that it listens, where that process asked for it by an IPC channel: the message
 * is the string `ready`, as process managers that wait for it expect (PM2's wait_ready). An answer at the port alone
 * would not say whose it is.
 */
export function announceReady(): void {
  process.send?.('ready');
}

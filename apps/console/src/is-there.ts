/** Whether the server answers: reloading while nobody does would only leave the browser's own error page. */
export async function isThere(): Promise<boolean> {
  try {
    return (await fetch('/health/live')).ok;
  } catch {
    return false;
  }
}

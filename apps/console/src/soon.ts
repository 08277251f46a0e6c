/**
 * Runs something a while after it was first asked for, however often it is asked for until then.
 *
 * @param delay milliseconds
 */
export function soonAfter(run: () => void, delay: number): { ask: () => void; cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const cancel = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  const ask = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      run();
    }, delay);
  };
  return { ask, cancel };
}

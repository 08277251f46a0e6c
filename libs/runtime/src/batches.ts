/** Batches that are worked on at the same time: while one waits for the broker, another has the database. */
const CONCURRENCY = 3;

/**
 * Does many things in batches, a few batches side by side. After a fault no further batch begins; those under way are
 * waited for, and then it is thrown.
 *
 * @param size things of a batch at most
 * @param work gives an answer for each thing of its batch, in their order
 * @returns the answers in the order of the things
 */
export async function inBatches<In, Out>(
  things: readonly In[],
  size: number,
  work: (batch: readonly In[]) => Promise<readonly Out[]>,
): Promise<Out[]> {
  const answers: (readonly Out[])[] = [];
  const faults: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next * size < things.length && faults.length === 0) {
      const index = next;
      next += 1;
      try {
        answers[index] = await work(things.slice(index * size, (index + 1) * size));
      } catch (error) {
        faults.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  if (faults.length > 0) throw faults[0];
  return answers.flat();
}

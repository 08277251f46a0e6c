/** Others kept changing the same documents; a passing fault, to be tried again later. */
export class LostRace extends Error {
  override readonly name = 'LostRace';

  constructor(what: string) {
    super(`lost the race for ${what} too often`);
  }
}

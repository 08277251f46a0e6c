import { openStage, type Stage } from '../testing/stage.js';
import { Indexes } from './indexes.js';
import { indexesOf } from './make-indexes.js';

describe('the indexes of the database', () => {
  let stage: Stage;
  const namesOf = async (collection: string): Promise<string[]> =>
    (await stage.connection.collection(collection).indexes()).map(({ name }) => String(name));

  beforeAll(async () => {
    stage = await openStage({ monitorCommands: true });
  }, 60_000);
  afterAll(() => stage.close(), 30_000);

  it('are those that are declared', async () => {
    for (const model of Object.values(stage.connection.models)) {
      const declared = indexesOf(model.schema).map(({ key }) =>
        Object.entries(key as Record<string, number>)
          .map(([field, way]) => `${field}_${way}`)
          .join('_'),
      );
      if (declared.length === 0) continue;
      const names = (await namesOf(String(model.schema.get('collection')))).filter((name) => name !== '_id_');
      expect(names.toSorted()).toEqual(declared.toSorted());
    }
  });

  it('are made by one command for each collection', async () => {
    const made: string[] = [];
    stage.connection.getClient().on('commandStarted', ({ commandName, command }) => {
      if (commandName === 'createIndexes') made.push(String(command['createIndexes']));
    });
    await stage.get(Indexes).onModuleInit();
    expect(made.length).toBe(new Set(made).size);
    expect(made.length).toBeGreaterThan(10);
  });
});

import { MessagePattern, Payload } from '@nestjs/microservices';
import { IMPORTER_RPC, testDirectoryCall, type ImporterKeyAnswer, type TestDirectoryAnswer } from '#contract';
import { DomainError, type DirectoryId } from '#domain';
import { QueueController, QUEUES } from '#messaging';
import { DirectoryRepository } from '#persistence';
import { BindPasswords } from './bind-passwords.js';
import { testDirectory } from './directory-test.js';

/** Calls of the server to the importers. */
@QueueController()
export class DirectoriesRpc {
  constructor(
    private readonly directories: DirectoryRepository,
    private readonly passwords: BindPasswords,
  ) {}

  @MessagePattern(IMPORTER_RPC.key, { queue: QUEUES.importerRpc })
  async key(): Promise<ImporterKeyAnswer> {
    return { key: await this.passwords.key() };
  }

  @MessagePattern(IMPORTER_RPC.testDirectory, { queue: QUEUES.importerRpc })
  async test(@Payload() data: unknown): Promise<TestDirectoryAnswer> {
    const { directory: id } = testDirectoryCall.parse(data);
    const directory = await this.directories.findById('all', id as DirectoryId);
    if (!directory) throw new DomainError('NOT_FOUND', 'There is no such directory.');
    return await testDirectory(directory, () => this.passwords.open(directory));
  }
}

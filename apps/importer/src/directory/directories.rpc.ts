import {
  IMPORTER_RPC,
  type ImporterKeyAnswer,
  type TestDirectoryAnswer,
  testDirectoryCall,
  type TestDirectoryCall,
} from '#contract';
import { DomainError, type DirectoryId } from '#domain';
import { Content, HandleCall, QueueController } from '#messaging';
import { DirectoryRepository } from '#persistence';
import { importerEnv } from '../config/importer-env.js';
import { BindPasswords } from './bind-passwords.js';
import { testDirectory } from './directory-test.js';

/** Calls of the server to the importers. */
@QueueController()
export class DirectoriesRpc {
  constructor(
    private readonly directories: DirectoryRepository,
    private readonly passwords: BindPasswords,
  ) {}

  @HandleCall(IMPORTER_RPC.key)
  async key(): Promise<ImporterKeyAnswer> {
    return { key: await this.passwords.key() };
  }

  @HandleCall(IMPORTER_RPC.testDirectory)
  async test(@Content(testDirectoryCall) call: TestDirectoryCall): Promise<TestDirectoryAnswer> {
    const { directory: id } = call;
    const directory = await this.directories.findById('all', id as DirectoryId);
    if (!directory) throw new DomainError('NOT_FOUND', 'notFound.directory');
    const password = (): Promise<string> => this.passwords.open(directory);
    return await testDirectory(directory, password, importerEnv().DIRECTORY_HOSTS);
  }
}

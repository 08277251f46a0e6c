import { Module } from '@nestjs/common';
import { BindPasswords } from '../directory/bind-passwords.js';
import { DirectoriesRpc } from '../directory/directories.rpc.js';
import { AdReader } from './ad-reader.js';
import { CommandsController } from './commands.controller.js';
import { Committing } from './committing.js';
import { CsvReader } from './csv-reader.js';
import { Discarding } from './discarding.js';
import { DpDirectory } from './dp-directory.js';
import { RunWorker } from './run-worker.js';
import { Sweep } from './sweep.js';
import { Undoing } from './undoing.js';

@Module({
  controllers: [CommandsController, DirectoriesRpc],
  providers: [
    AdReader,
    BindPasswords,
    Committing,
    CsvReader,
    Discarding,
    DpDirectory,
    RunWorker,
    Sweep,
    Undoing,
  ],
})
export class ImportsModule {}

import { Module } from '@nestjs/common';
import { BindPasswords } from '../directory/bind-passwords.js';
import { DirectoriesRpc } from '../directory/directories.rpc.js';
import { AdReader } from '../reading/ad-reader.js';
import { CommandsConsumer } from './commands.consumer.js';
import { ImportCommitter } from '../committing/import-committer.js';
import { NamesakeRows } from '../committing/namesake-rows.js';
import { CsvReader } from '../reading/csv-reader.js';
import { ImportDiscarder } from '../committing/import-discarder.js';
import { AssignmentSource } from '../staging/assignment-source.js';
import { DpLookup } from '../staging/dp-lookup.js';
import { RunWorker } from './run-worker.js';
import { ImportMetrics } from '../runs/import-metrics.js';
import { Sweep } from './sweep.js';
import { ImportReverter } from '../committing/import-reverter.js';

@Module({
  controllers: [CommandsConsumer, DirectoriesRpc],
  providers: [
    AdReader,
    AssignmentSource,
    BindPasswords,
    ImportCommitter,
    NamesakeRows,
    CsvReader,
    ImportDiscarder,
    ImportMetrics,
    DpLookup,
    RunWorker,
    Sweep,
    ImportReverter,
  ],
})
export class ImportsModule {}

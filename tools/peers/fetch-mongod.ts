// Fetches a mongod of MongoDB's own builds for this system into the folder that is given, and prints where it is. A program
// of its own: the library reads its settings from the environment, and can only be given up by ending it.
import { MongoBinary } from 'mongodb-memory-server-core';

const [folder = '.', version] = process.argv.slice(2);
const path = await MongoBinary.getPath({ downloadDir: folder, version });
process.stdout.write(`\nmongod: ${path}\n`);

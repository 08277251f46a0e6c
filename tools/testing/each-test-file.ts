// What jest loads before each test file.
import { watchAnswers } from './server-errors.ts';

watchAnswers();

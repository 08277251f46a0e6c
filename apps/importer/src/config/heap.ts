import { setFlagsFromString } from 'node:v8';

/*
 * An import makes much garbage and keeps little of it. V8 lets the heap grow by a multiple of what lives in it and hardly
 * gives memory back: 100,000 rows took 230 MB although 20 MB of them lived. A small young generation and an old one that
 * grows in small steps take 65 MB, and no time worth mentioning. Must be set before the heap has grown.
 */
setFlagsFromString('--semi-space-growth-factor=1');
setFlagsFromString('--heap-growing-percent=40');

/**
 * Something passing stood in the way: the same again later may succeed without anybody doing anything. Every edge asks
 * for this class, to try again or to answer that the caller should.
 */
export abstract class TransientError extends Error {}

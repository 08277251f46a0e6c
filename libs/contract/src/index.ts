export * from './client-api.js';
export * from './dp-protocol.js';
export * from './message.js';
export * from './queue-messages.js';
export * from './rpc.js';
export * from './tokens.js';

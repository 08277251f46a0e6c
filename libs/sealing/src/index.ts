export {
  CHAIN_START,
  type ChainLink,
  type ChainRemoval,
  type ChainRow,
  type Checkpoint,
  areContrary,
  checkpointHash,
  type CheckpointStatement,
  checkpointText,
  isSignedBy,
  linkHash,
  markedRow,
} from './audit-chain.js';
export { readCheckpoint, type SignedRemoval, type Witness } from './audit-checkpoints.js';
export type { ChainFault, ChainFaultKind, ChainPosition } from './audit-faults.js';
export { type ChainEnd, type ChainParts, verifyChain } from './audit-verification.js';
export { constantTimeEquals, fromBase64Url, sha256, toBase64Url } from './bytes.js';
export { canonicalJson } from './canonical-json.js';
export { deriveToken, randomToken } from './derived-token.js';
export {
  claimedDp,
  DP_TOKEN_AUDIENCE,
  DP_TOKEN_MAX_LIFETIME,
  DP_TOKEN_SKEW,
  type DpToken,
  type DpTokenFault,
  type DpTokenVerdict,
  makeDpToken,
  verifyDpToken,
} from './dp-token.js';
export { hpkeOpen, hpkeSeal, type HpkeSealed } from './hpke.js';
export {
  createPrivateFile,
  loadKeyFile,
  loadOrCreateKeyFile,
  loadOrCreateSecretFile,
  privateKeyPem,
  readPrivateFile,
  writePrivateFile,
} from './key-files.js';
export {
  dpKeyFingerprint,
  generateSealingKeyPair,
  generateSigningKeyPair,
  type KeyKind,
  type KeyPair,
  keyPairFromRawPrivate,
  publicKeyFromRaw,
  publicKeyFromText,
  publicKeyText,
  RAW_KEY_BYTES,
  rawPublicKey,
  sameFingerprint,
  sealingKeyId,
  serverKeyFingerprint,
  tokenKeyFingerprint,
} from './keys.js';
export {
  ACCOUNT_INFO,
  type AccountBinding,
  type AccountSecret,
  openAccount,
  openText,
  sealAccount,
  sealText,
} from './sealed-account.js';
export { signOrder, signText, verifyOrder, verifyText } from './signature.js';

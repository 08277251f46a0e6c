import { keyPairFromRawPrivate, publicKeyFromText, publicKeyText, sealText } from '#sealing';

const INFO = 'relaypoint/windows-registration/v1';

/** A registration as the DP agent seals it to a push: to the key that the push has left in `started`. */
export function sealRegistration(
  key: string,
  order: string,
  attempt: number,
  registration: { readonly url: string; readonly token: string },
): string {
  const recipient = publicKeyFromText('x25519', key);
  if (recipient === null) throw new Error(`${key} is no key that something can be sealed to`);
  return sealText(recipient, INFO, { attempt: `${attempt}`, order }, JSON.stringify(registration));
}

/** A sealed registration with all that is needed to open it, for the Go tests of the client. */
export function registrationVector(rawPrivateKey: Buffer): Record<string, string | number> {
  const { publicKey } = keyPairFromRawPrivate('x25519', rawPrivateKey);
  const [order, attempt] = ['01a2b3c4-d5e6-7890-abcd-ef0123456789', 3];
  const registration = { url: 'https://relay.example/client/v1/register', token: 'o1.tök-en_"\\<&>' };
  return {
    privateKey: rawPrivateKey.toString('base64url'),
    publicKey: publicKeyText(publicKey),
    order,
    attempt,
    sealed: sealRegistration(publicKeyText(publicKey), order, attempt, registration),
    ...registration,
  };
}

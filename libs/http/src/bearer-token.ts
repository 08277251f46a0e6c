/** The token of an `Authorization` header; the scheme counts in any case (RFC 9110 §11.1), and a token has no spaces. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +([^\s,]{1,2000}) *$/i.exec(authorization ?? '')?.[1];
}

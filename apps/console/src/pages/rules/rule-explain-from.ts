import type { Schema } from '../../api.js';

type Known = Pick<Schema['ComputerDto'], 'hostName' | 'address' | 'inventory' | 'client'>;

/** What an import would say of a computer, as the fields of {@link ExplainAssignment} have it; '' where it is not known. */
export function assignmentFieldsOf({ hostName, address, inventory, client }: Known) {
  return {
    computer: hostName,
    address: address ?? '',
    ou: inventory.ou ?? '',
    adSite: client?.location?.adSite ?? '',
  };
}

/** Where its client was last, as the fields of {@link ExplainLocation} have it; before it registered, its address alone. */
export function locationFieldsOf({ address, client }: Known) {
  const location = client?.location;
  return {
    addresses: location?.addresses.join(', ') ?? address ?? '',
    gatewayIp: location?.gateway?.ip ?? '',
    gatewayMac: location?.gateway?.mac ?? '',
    dnsSuffix: location?.dnsSuffix ?? '',
    adSite: location?.adSite ?? '',
    publicAddress: location?.publicAddress ?? '',
  };
}

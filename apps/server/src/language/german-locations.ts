/** Which location rule counts, and why others do not. */
export const GERMAN_LOCATIONS = {
  'No rule of an enabled distribution point matches: the client talks to the server.':
    'Keine Regel eines freigeschalteten Verteilpunkts trifft zu: der Client spricht mit dem Server.',
  'Only rules of {dp} match.': 'Nur Regeln von {dp} treffen zu.',
  'The rule of {dp} has the highest priority.': 'Die Regel von {dp} hat die höchste Priorität.',
  'The rule of {dp} names the most specific network.': 'Die Regel von {dp} nennt das engste Netz.',
  '{dp} serves the client already.': '{dp} bedient den Client schon.',
  'Nothing tells the rules apart; {dp} comes first by its id.':
    'Nichts unterscheidet die Regeln; {dp} kommt nach seiner Id zuerst.',
  '{address} is in {network}': '{address} liegt in {network}',
  '{address} is not in {network}': '{address} liegt nicht in {network}',
  '{addresses} are not in {network}': '{addresses} liegen nicht in {network}',
  'the client said no {what}': 'der Client nannte nichts für: {=what}',
  'the {what} is {said}': '{=what}: {said}',
  'the {what} is {said}, not {wanted}': '{=what}: {said}, nicht {wanted}',
} as const satisfies Record<string, string>;

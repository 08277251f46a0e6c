import { AGENT_VERSION } from '../base/version.js';

/** Where the agent keeps things when nothing else is said. */
export const DEFAULT_STATE = '/var/lib/relaypoint-dp-agent';

const STATE = `  --state DIR   the state folder: keys, journal, config.yaml, release files (default ${DEFAULT_STATE},
                or the environment variable RELAYPOINT_DP_STATE)`;

/** What `relaypoint-dp help` and each command's `--help` print. */
export const HELP = {
  '': `relaypoint-dp ${AGENT_VERSION}: the agent of a distribution point (DP). It asks the gateway for orders, installs the management
client onto computers of its site over SSH, or over SMB where they run Windows, and reports.

Setting up, on the machine that is to be the DP:
  1. relaypoint-dp join ...      paste the join command that the console shows for the new DP
  2. compare the fingerprint it prints with the one in the console, and enable the DP there
  3. relaypoint-dp run           from then on, as a service
Afterwards:
  relaypoint-dp status           what it is working on, when it last asked
  relaypoint-dp doctor           checks everything that commonly goes wrong, and says what to do

relaypoint-dp help COMMAND explains a command.`,
  join: `relaypoint-dp join --gateway URL --token TOKEN --server-key SHA256:... [--ca-file FILE] [--proxy URL] [--state DIR]
Makes this machine's keys and enrols it as a DP. The console shows the whole command; its token is good for one machine and one hour.
Nothing is sent to any computer. Saying it again with the same token does no harm.
  --gateway URL     where the gateway answers, such as https://relaypoint.example:3001
  --token TOKEN     the join token
  --key KEY         instead of it: a key for many DPs
  --name NAME       with --key: the name that this DP takes (this machine's, unless one is given)
  --server-key F    fingerprint of the server's key: an impostor's is refused
  --ca-file FILE    certificate (PEM) of the CA that signed the gateway's certificate, when it is a CA of your own.
                    It is copied into the state folder and used from then on
  --proxy URL       proxy to reach the gateway through, such as http://proxy.site.example:3128. Kept in config.yaml
${STATE}`,
  run: `relaypoint-dp run [--gateway URL] [--state DIR]
Works until it is stopped (Ctrl-C, SIGTERM): running installations get graceSeconds to end, others are taken up by the next start. A
second signal ends it at once; nothing is lost by that. It ends with code 2 when its configuration is wrong.
  --gateway URL     another address of the same gateway than the one it joined
${STATE}
config.yaml in the state folder is optional; docs/operations.md lists its fields.`,
  status: `relaypoint-dp status [--state DIR]
Prints the DP's name, its gateway, whether the agent runs, its last poll, orders under way, and reports that the server has not stored yet.
It ends with code 1 when this machine has not joined.
${STATE}`,
  doctor: `relaypoint-dp doctor [--computer HOST[:PORT]] [--state DIR]
Checks state folder, configuration, accounts, keys, network, gateway and clock, and for the method smb Samba's programs; it prints a
line for each, and FAIL lines say what is wrong.
It changes nothing, may be run beside the agent, and ends with code 1 when something is wrong.
  --computer HOST   also looks whether an SSH server answers there (port 22 unless one is named), or with HOST:445
                    whether a Windows computer takes connections; nobody logs in
${STATE}`,
  'check-bundle': `relaypoint-dp check-bundle --manifest FILE --server-key SHA256:...
Checks whether the manifest of a version of this program, as a gateway hands it out, is signed by the server. The install script asks this.
  --manifest FILE   the manifest
  --server-key F    fingerprint of the server's key`,
} as const;

export type Command = Exclude<keyof typeof HELP, ''>;

export function isCommand(word: string | undefined): word is Command {
  return word !== undefined && word !== '' && Object.hasOwn(HELP, word);
}

import { COMPUTER_FOLDERS, ROLLOUT_STATES } from '#domain';

export const ROLLOUT_HELP = `relaypoint rollout: releases many computers wave by wave, and stops when too many fail

  relaypoint rollout plan WHICH [HOW]               whom it would take, and what is in the way; changes nothing
  relaypoint rollout start NAME WHICH [HOW]         starts one
  relaypoint rollout list [--tenant T] [--in STATE] the newest first
  relaypoint rollout show R                         waves, what stopped it, the commonest causes with their output
  relaypoint rollout report R [FILE]                a line for each computer, as CSV; without FILE on standard output
  relaypoint rollout pause R [--note TEXT]          nothing more is handed out; what runs may end
  relaypoint rollout resume R [--dp DP]             goes on; of the DPs whose part was stopped only at these
  relaypoint rollout next R                         begins the next wave now
  relaypoint rollout shift R --start-at TIME|--now  begins at another time, as long as it has not begun
  relaypoint rollout skip R --computer N|--wave N|--dp DP   leaves out computers whose turn has not come
  relaypoint rollout move R --computer N --wave N   puts computers into another wave, from 1
  relaypoint rollout retry R [--name NAME]          those that failed, as a rollout of its own
  relaypoint rollout abort R [--note TEXT] [--yes]  cancels what waits; cannot be resumed

R is the ID of a rollout, or its name where only one has it.

  --wait                 follow it until it has ended, or has stopped and waits for somebody (start, show, resume,
                         next, shift, retry)
  --json                 the answer as JSON on standard output, and nothing else
  --yes                  do not ask (abort)

WHICH computers; all of these must hold:
  --tenant T, --dp DP, --import ID, --search TEXT
  --folder F             ${COMPUTER_FOLDERS.join(', ')}
  --computer NAME        only these; several times, with nothing else but --tenant
  --release VERSION      client version; without it the one of the settings, or the default one
  --reinstall            computers that have a client already: it is installed again in another version
  --wave SIZE            a wave: 5, 10%, or dp=north,south; several times. The last one is all others; without
                         it 1%, 10%, all others
  --person               a person begins each wave after the first

HOW it goes (a plan looks at --start-at and --deadline):
  --proof N              percent of a wave that must get there before the next one begins (90)
  --proof-state S        registered, or ready (registered)
  --settle N             seconds it has to stay so (300)
  --per-minute N, --per-dp-minute N    starts in any minute; in all, and at one DP
  --stop-share N         stop at so many percent failures (10); or --stop-count N, at so many
  --stop-minimum N       of so many results or more (10)
  --stop-action A        pause, or abort (pause)
  --start-at TIME, --deadline TIME     such as 2026-03-01T20:00
  --growing              new computers that match come into the last wave; not with --reinstall
  --priority N           the higher is served first (0)
  --note TEXT            for those who look at it later
  --body FILE            JSON as POST /api/v1/rollouts takes it, for what no option says (plan, start);
                         WHICH computers an option says go over those of the file

Of the server (default: what a running "npm start" wrote to dev.json in its state folder):
  --url URL              or RELAYPOINT_URL; such as https://relaypoint.example.com
  --token TOKEN          or RELAYPOINT_TOKEN, which other users of this machine cannot see; an API token
  --state DIR            or RELAYPOINT_STATE; the state folder, .relaypoint

Exit code: 0 done; 2 some computers failed; 3 it does not go on by itself: paused, aborted, or a person has to begin
           the next wave (of plan: something is in the way); 1 failed, 130 interrupted.
           Without --wait only plan and show tell 2 and 3.

States of --in: ${ROLLOUT_STATES.join(', ')}

Examples:
  relaypoint rollout plan --folder unregistered --dp north
  relaypoint rollout start "Client 2.0" --folder unregistered --release 2.0 --wave 5 --wave 10% --wait
  relaypoint rollout start "Client 2.1" --folder registered --reinstall --release 2.1 --wave 5 --wave 10%
  relaypoint rollout report "Client 2.0" report.csv
`;

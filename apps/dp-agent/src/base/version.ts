/** Version of the DP agent, said with the enrolment and the first poll; the project's own. */
export const AGENT_VERSION = '0.2.0';

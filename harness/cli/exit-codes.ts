/** Exit codes of every command. When several apply, the highest class that tells most wins: error, then violation. */
export const exitCode = {
  /** All as expected, or inconclusive. */
  expected: 0,
  /** A violation, or an expectation that was missed. */
  violation: 1,
  /** Usage or input: the message names what is wrong. */
  usage: 2,
  /** The harness or a program misbehaved; or verdicts `vacuous` or `unknown`. */
  error: 3,
  interrupted: 130,
} as const;

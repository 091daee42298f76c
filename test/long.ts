/** Tests that take long run in CI, every night, and where SEEDSTORM_LONG=1 is set; elsewhere they are skipped, and shown as such. */
export const runsLong = process.env.CI === 'true' || process.env.SEEDSTORM_LONG === '1';

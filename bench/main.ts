/**
 * `npm run bench [NAME...]`: figures as ratios against a peer or a bare limit, measured in the same run. Machines are noisy: each figure is
 * the best of several rounds that alternate between the two sides.
 */
import { benches } from './benches.ts';

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const unknown = wanted.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`There is no bench "${unknown[0]}". Benches: ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length > 0 ? !wanted.includes(name) : bench.isLong === true) continue;
  console.log(`\n${name}: ${bench.about}`);
  for await (const line of bench.run()) console.log(`  ${line}`);
}
process.exit(0);

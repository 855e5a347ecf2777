// Nothing is lost when a silo is: RATE requests a second, while somebody kills a silo. Not one may fail.
// With CLUSTER_URL it looks itself how many silos are ready, and fails when none was lost.
import { watchSilos } from '../lib/cluster.js';
import { embed } from '../lib/http.js';
import { readImages } from '../lib/images.js';
import { SILOS_LOST } from '../lib/names.js';
import { start } from '../lib/run.js';
import { acceptedWithin, loadWasMade, nothingFailed } from '../lib/thresholds.js';

const run = start('silo-loss', ({ p99, clusterUrl }) => ({
    ...nothingFailed,
    ...loadWasMade,
    ...acceptedWithin(p99),
    ...(clusterUrl === '' ? {} : { [SILOS_LOST]: ['count>0'] }),
}));
const images = readImages(run);
const watcher = { executor: /** @type {const} */ ('constant-vus'), vus: 1, duration: `${run.settings.seconds}s`, gracefulStop: '10s', exec: 'watch' };

export const options = run.settings.clusterUrl === '' ? run.options : { ...run.options, scenarios: { ...run.options.scenarios, watch: watcher } };
export const handleSummary = run.handleSummary;
export default function () {
    embed(run, images);
}

export function watch() {
    watchSilos(run);
}

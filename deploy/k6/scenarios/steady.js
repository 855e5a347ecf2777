// A load that should be no trouble: RATE requests a second for DURATION, whether answers come or not.
import { embed } from '../lib/http.js';
import { readImages } from '../lib/images.js';
import { start } from '../lib/run.js';
import { acceptedWithin, loadWasMade, nothingFailed, nothingRejected } from '../lib/thresholds.js';

const run = start('steady', ({ p99 }) => ({ ...nothingFailed, ...nothingRejected, ...loadWasMade, ...acceptedWithin(p99) }));
const images = readImages(run);

export const options = run.options;
export const handleSummary = run.handleSummary;
export default function () {
    embed(run, images);
}

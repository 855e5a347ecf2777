// A steady load for hours. Times that grow from quarter to quarter, or a failure after hours, are what it looks for.
import { embed } from '../lib/http.js';
import { readImages } from '../lib/images.js';
import { start } from '../lib/run.js';
import { acceptedWithin, loadWasMade, nothingFailed, nothingRejected } from '../lib/thresholds.js';

const run = start('soak', ({ p99 }, phases) => ({
    ...nothingFailed,
    ...nothingRejected,
    ...loadWasMade,
    ...Object.assign({}, ...phases.map(({ label }) => acceptedWithin(p99, label))),
}));
const images = readImages(run);

export const options = run.options;
export const handleSummary = run.handleSummary;
export default function () {
    embed(run, images);
}

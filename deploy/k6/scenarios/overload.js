// More than the devices can do. The rest is turned away at once with 429, and what is let in is answered in bounded time.
import { embed } from '../lib/http.js';
import { readImages } from '../lib/images.js';
import { REJECTED, REJECTED_MS } from '../lib/names.js';
import { start } from '../lib/run.js';
import { acceptedWithin, nothingFailed } from '../lib/thresholds.js';

const run = start('overload', ({ p99 }) => ({
    ...nothingFailed,
    ...acceptedWithin(p99),
    // Else it was no overload: raise RATE to what the devices can do.
    [REJECTED]: ['rate>0'],
    [REJECTED_MS]: ['p(95)<1000'],
}));
const images = readImages(run);

export const options = run.options;
export const handleSummary = run.handleSummary;
export default function () {
    embed(run, images);
}

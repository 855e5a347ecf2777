// Bursts of MAX_RATE over a load of RATE. A burst may be turned away in part; as soon as the time to recover is over, all is as before.
import { embed } from '../lib/http.js';
import { readImages } from '../lib/images.js';
import { REJECTED, inPhase } from '../lib/names.js';
import { start } from '../lib/run.js';
import { acceptedWithin, nothingFailed } from '../lib/thresholds.js';

const run = start('burst', ({ p99 }, phases) => {
    const calm = phases.filter(({ label }) => label.startsWith('calm'));
    return {
        ...nothingFailed,
        ...Object.assign({}, ...calm.map(({ label }) => ({ ...acceptedWithin(p99, label), [inPhase(REJECTED, label)]: ['rate==0'] }))),
    };
});
const images = readImages(run);

export const options = run.options;
export const handleSummary = run.handleSummary;
export default function () {
    embed(run, images);
}

// Where is the knee? Rates from RATE to MAX_RATE in STEPS steps. It stops at the first step whose requests take too long or are turned away:
// the step before is the highest rate that this cluster holds. A run that stopped ends with k6's code 99.
import { embed } from '../lib/http.js';
import { readImages } from '../lib/images.js';
import { ACCEPTED_MS, FAILED, REJECTED, inPhase } from '../lib/names.js';
import { start } from '../lib/run.js';

const run = start('ramp', ({ p99 }, phases) => {
    let begin = 0;
    return Object.assign(
        {},
        ...phases.map(({ label, seconds }) => {
            // Half of a step settles the queues, and gives the percentile enough samples.
            const stop = { abortOnFail: true, delayAbortEval: `${Math.ceil(begin + seconds / 2)}s` };
            begin += seconds;
            return {
                [inPhase(ACCEPTED_MS, label)]: [{ threshold: `p(99)<${p99}`, ...stop }],
                [inPhase(REJECTED, label)]: [{ threshold: 'rate<0.01', ...stop }],
                [inPhase(FAILED, label)]: [{ threshold: 'rate==0', ...stop }],
            };
        }),
    );
});
const images = readImages(run);

export const options = run.options;
export const handleSummary = run.handleSummary;
export default function () {
    embed(run, images);
}

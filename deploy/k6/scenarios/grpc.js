// A steady load over gRPC: RATE requests a second for DURATION, a connection for each virtual user.
import { embedGrpc } from '../lib/grpc.js';
import { readImages } from '../lib/images.js';
import { start } from '../lib/run.js';
import { acceptedWithin, loadWasMade, nothingFailed, nothingRejected } from '../lib/thresholds.js';

const run = start('grpc', ({ p99 }) => ({ ...nothingFailed, ...nothingRejected, ...loadWasMade, ...acceptedWithin(p99) }));
const images = readImages(run);

export const options = run.options;
export const handleSummary = run.handleSummary;
export default function () {
    embedGrpc(run, images);
}

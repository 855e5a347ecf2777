/** @import { Decode, GrpcAnswer, HttpAnswer, Judgement, Protocol, Settings, Timings } from './types.js' */
import { header, littleEndianFloats } from './protocols.js';

// https://grpc.io/docs/guides/status-codes/
const GRPC_OK = 0;
const GRPC_RESOURCE_EXHAUSTED = 8;

/**
 * Whether an answer over HTTP is what was asked for.
 * @param {Protocol} protocol
 * @param {HttpAnswer} answer
 * @param {number} images Images of the request.
 * @param {Settings} settings
 * @returns {Judgement}
 */
export function judgeHttp(protocol, answer, images, settings) {
    if (answer.status === 429) {
        return rejected(header(answer.headers, 'Retry-After'));
    }

    if (answer.status !== 200) {
        return failed(`status ${answer.status}: ${text(answer.body)}`);
    }

    return judgeRows(() => protocol.rows(answer), httpTimings(answer.headers), images, settings);
}

/**
 * Whether an answer over gRPC is what was asked for.
 * @param {GrpcAnswer} answer
 * @param {number} images
 * @param {Settings} settings
 * @param {Decode} decode
 * @returns {Judgement}
 */
export function judgeGrpc(answer, images, settings, decode) {
    if (answer.status === GRPC_RESOURCE_EXHAUSTED) {
        const [seconds] = [header(/** @type {Record<string, string>} */ (answer.trailers ?? {}), 'retry-after')].flat();
        return rejected(seconds);
    }

    if (answer.status !== GRPC_OK) {
        return failed(`gRPC status ${answer.status}: ${text(JSON.stringify(answer.error))}`);
    }

    const { results, timings } = /** @type {any} */ (answer.message ?? {});
    const rows = () => results.map((/** @type {{ features: string }} */ result) => littleEndianFloats(decode(result.features)));
    return judgeRows(rows, grpcTimings(timings), images, settings);
}

/**
 * @param {() => ArrayLike<number>[]} read
 * @param {Timings} timings
 * @param {number} images
 * @param {Settings} settings
 * @returns {Judgement}
 */
function judgeRows(read, timings, images, settings) {
    /** @type {ArrayLike<number>[]} */
    let rows;
    try {
        rows = read();
    } catch (error) {
        return failed(`the answer can't be read: ${error instanceof Error ? error.message : error}`);
    }

    const size = settings.dimensions || rows[0]?.length || 0;
    const checks = {
        'one row per image': rows.length === images,
        'the same features in every row': size > 0 && rows.every((row) => row.length === size),
        'features are numbers, not all zero': rows.every((row) => areFeatures(row)),
    };
    const broken = Object.entries(checks).filter(([, ok]) => !ok).map(([name]) => name);
    const outcome = broken.length === 0 ? 'accepted' : 'failed';
    const reason = broken.length === 0 ? '' : `not so: ${broken.join(', ')} (${rows.length} rows of ${rows[0]?.length ?? 0})`;
    return { outcome, checks: { answered: true, ...checks }, timings, reason };
}

/** @param {ArrayLike<number>} row */
function areFeatures(row) {
    let nonZero = false;
    for (let i = 0; i < row.length; i++) {
        if (typeof row[i] !== 'number' || !Number.isFinite(row[i])) {
            return false;
        }

        nonZero = nonZero || row[i] !== 0;
    }

    return nonZero;
}

/**
 * @param {string | undefined} retryAfter
 * @returns {Judgement}
 */
function rejected(retryAfter) {
    const ok = Number(retryAfter) > 0;
    const reason = ok ? '' : 'turned away, without a word when to try again';
    return { outcome: 'rejected', checks: { 'a rejection says when to try again': ok }, timings: {}, reason };
}

/**
 * @param {string} reason
 * @returns {Judgement}
 */
function failed(reason) {
    return { outcome: 'failed', checks: { answered: false }, timings: {}, reason };
}

/**
 * @param {Record<string, string>} headers
 * @returns {Timings}
 */
function httpTimings(headers) {
    return known({
        run: Number(header(headers, 'x-ms-run-fn-exec-ms')),
        preprocess: Number(header(headers, 'x-dinov2-preprocess-ms')),
        queue: Number(header(headers, 'x-dinov2-queue-ms')),
        inference: Number(header(headers, 'x-dinov2-inference-ms')),
    });
}

/**
 * The message has seconds.
 * @param {Record<string, number> | undefined} timings
 * @returns {Timings}
 */
function grpcTimings({ total = NaN, preprocess = NaN, queue = NaN, inference = NaN } = {}) {
    return known({ run: total * 1000, preprocess: preprocess * 1000, queue: queue * 1000, inference: inference * 1000 });
}

/**
 * @param {Required<Timings>} timings
 * @returns {Timings}
 */
function known(timings) {
    return Object.fromEntries(Object.entries(timings).filter(([, ms]) => Number.isFinite(ms)));
}

/** @param {unknown} body */
function text(body) {
    return typeof body === 'string' ? body.slice(0, 200) : '';
}

// The thread that makes requests.
import { createRequire } from 'node:module';
import { workerData } from 'node:worker_threads';

const { port, flag } = workerData;
const clients = new Map();

port.on('message', async ({ kind, request }) => {
    let message;
    try {
        message = { answer: await (kind === 'http' ? http(request) : grpc(request)) };
    } catch (error) {
        message = { error: String(error) };
    }

    port.postMessage(message);
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
});

async function http({ method, url, body, headers }) {
    let response;
    try {
        response = await fetch(url, { method, body, headers });
    } catch {
        // As k6: no answer is status 0.
        return { status: 0, headers: [], bytes: [] };
    }

    return { status: response.status, headers: [...response.headers], bytes: new Uint8Array(await response.arrayBuffer()) };
}

function grpc({ includes, files, address, plaintext, method, message, metadata }) {
    const require = createRequire(`${process.env.GRPC_MODULES}/`);
    const { Metadata, credentials, loadPackageDefinition } = require('@grpc/grpc-js');
    const [service, call] = method.split('/');
    if (!clients.has(address)) {
        // Bytes as base64 and every field, as k6 has messages.
        const options = { includeDirs: includes, bytes: String, enums: String, longs: String, defaults: true };
        const definition = loadPackageDefinition(require('@grpc/proto-loader').loadSync(files, options));
        const Service = service.split('.').reduce((space, name) => space[name], definition);
        clients.set(address, new Service(address, plaintext ? credentials.createInsecure() : credentials.createSsl()));
    }

    const sent = new Metadata();
    Object.entries(metadata).forEach(([key, value]) => sent.set(key, value));
    return new Promise((resolve) => {
        const answer = { status: 0, message: null, trailers: {}, error: null };
        let left = 2;
        const done = (change) => {
            Object.assign(answer, change);
            if (--left === 0) {
                resolve(answer);
            }
        };
        clients
            .get(address)
            [call](message, sent, (error, reply) => done(error ? { error: { code: error.code, message: error.details } } : { message: reply }))
            // Trailers are lists of values.
            .on('status', ({ code, metadata }) => done({ status: code, trailers: Object.fromEntries(Object.keys(metadata.getMap()).map((key) => [key, metadata.get(key)])) }));
    });
}

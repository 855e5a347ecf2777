// k6's calls are synchronous: another thread makes the request, and this one waits.
import { MessageChannel, Worker, receiveMessageOnPort } from 'node:worker_threads';

let port;
const flag = new Int32Array(new SharedArrayBuffer(4));

export function wait(kind, request) {
    if (!port) {
        const channel = new MessageChannel();
        port = channel.port1;
        const data = { port: channel.port2, flag };
        // Without the stubs' loader: it is the runner's own.
        new Worker(new URL('./requests.mjs', import.meta.url), { workerData: data, transferList: [channel.port2], execArgv: [] }).unref();
        port.unref();
    }

    Atomics.store(flag, 0, 0);
    port.postMessage({ kind, request });
    Atomics.wait(flag, 0, 0);
    const { message } = receiveMessageOnPort(port);
    if (message.error) {
        throw new Error(message.error);
    }

    return message.answer;
}

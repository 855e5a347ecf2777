import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { wait } from '../wait.mjs';

class Client {
    load(importPaths, ...files) {
        this.includes = importPaths.map((path) => fileURLToPath(path));
        this.files = files;
        const missing = files.filter((file) => !this.includes.some((folder) => existsSync(`${folder}/${file}`)));
        if (missing.length > 0) {
            throw new Error(`no such proto: ${missing}`);
        }
    }

    connect(address, { plaintext }) {
        Object.assign(this, { address, plaintext });
    }

    invoke(method, message, { metadata = {} } = {}) {
        const { includes, files, address, plaintext } = this;
        return wait('grpc', { includes, files, address, plaintext, method, message, metadata });
    }
}

export default { Client };

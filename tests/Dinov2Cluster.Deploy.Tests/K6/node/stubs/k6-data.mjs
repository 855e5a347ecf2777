// As k6 does: what is shared is what JSON keeps of it.
export class SharedArray {
    constructor(_name, make) {
        return JSON.parse(JSON.stringify(make()));
    }
}

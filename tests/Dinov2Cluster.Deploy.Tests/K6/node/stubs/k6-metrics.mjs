import { define, sample } from '../samples.mjs';

class Metric {
    constructor(name, type, isTime) {
        Object.assign(this, { name, type });
        define(name, type, isTime);
    }

    add(value, tags = {}) {
        sample(this.name, this.type, value, tags);
    }
}

export class Counter extends Metric {
    constructor(name, isTime) {
        super(name, 'counter', isTime);
    }
}

export class Rate extends Metric {
    constructor(name, isTime) {
        super(name, 'rate', isTime);
    }
}

export class Trend extends Metric {
    constructor(name, isTime) {
        super(name, 'trend', isTime);
    }
}

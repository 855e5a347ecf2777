export default {
    b64encode: (bytes) => Buffer.from(bytes).toString('base64'),
    b64decode: (text) => {
        const bytes = Buffer.from(text, 'base64');
        return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    },
};

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>A field of a protobuf message.</summary>
/// <param name="Number">Its number in the <c>.proto</c>.</param>
/// <param name="Value">Its value, when it is a varint.</param>
/// <param name="Bytes">Its bytes, when it is anything else.</param>
/// <param name="IsBytes">Whether it has a length of its own: bytes, a string or a message.</param>
internal readonly record struct ProtoField(int Number, ulong Value, ReadOnlyMemory<byte> Bytes, bool IsBytes);

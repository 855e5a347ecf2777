namespace Dinov2Cluster.Gateway.Protocols.MLflow;

/// <summary>The fields in which MLflow takes its input: a request has exactly one.</summary>
[Flags]
internal enum InvocationFormats
{
    None = 0,

    /// <summary><c>dataframe_split</c>: <c>{"columns":["image"],"data":[["..."]]}</c>.</summary>
    DataFrameSplit = 1,

    /// <summary><c>dataframe_records</c>: <c>[{"image":"..."}]</c>.</summary>
    DataFrameRecords = 2,

    /// <summary><c>instances</c>, by rows as TensorFlow Serving has it: <c>["..."]</c> or <c>[{"image":"..."}]</c>.</summary>
    Instances = 4,

    /// <summary><c>inputs</c>, by columns as TensorFlow Serving has it: <c>{"image":["..."]}</c>, or like <see cref="Instances"/>.</summary>
    Inputs = 8,
}

using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Grains.Messages;

/// <summary>A <see cref="CostCurve"/> on the wire.</summary>
[GenerateSerializer, Alias("dinov2.DeviceCosts")]
internal struct CostCurveSurrogate
{
    [Id(0)]
    public double[] BatchSeconds;

    [Id(1)]
    public int BestBatch;

    [Id(2)]
    public int[]? MeasuredSizes;
}

/// <summary>Serializes cost curves. An older silo sends only the first field: its curves end at their best batch.</summary>
[RegisterConverter]
internal sealed class CostCurveConverter : IConverter<CostCurve, CostCurveSurrogate>
{
    /// <inheritdoc/>
    public CostCurve ConvertFromSurrogate(in CostCurveSurrogate surrogate) =>
        new(surrogate.BatchSeconds, surrogate.BestBatch > 0 ? surrogate.BestBatch : surrogate.BatchSeconds.Length, surrogate.MeasuredSizes ?? []);

    /// <inheritdoc/>
    public CostCurveSurrogate ConvertToSurrogate(in CostCurve value) =>
        new() { BatchSeconds = value.BatchSeconds, BestBatch = value.BestBatch, MeasuredSizes = value.MeasuredSizes };
}

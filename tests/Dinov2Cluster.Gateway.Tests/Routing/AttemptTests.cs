using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class AttemptTests : IDisposable
{
    private const string A = "a/cpu:0/m";

    private readonly SimulatedCluster _cluster = new();

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void An_answer_of_the_wrong_size_is_a_failure() => _cluster.Run(async () =>
    {
        _cluster.Add(A, 0.02);
        _cluster.Poll();
        var other = SimulatedCluster.Model with { EmbeddingSize = 3 };
        var part = new CropPart(new(other, Output.Cls, Priority.Interactive, long.MaxValue), new CropGroup(1, SimulatedCluster.CropSize), 0, 1);
        var attempt = Attempt.Start(_cluster, part, _cluster.State(A), _cluster.Simulation.Time, CancellationToken.None);

        await attempt.WaitAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(AttemptOutcome.Failed, attempt.Conclude());
    });
}

namespace Dinov2Cluster.Architecture.Tests;

/// <summary>Namespaces have an order: whoever reads one needs only those below it.</summary>
public sealed class NamespaceTests
{
    public static TheoryData<string> Assemblies => [.. Product.Assemblies.Select(assembly => assembly.GetName().Name!)];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void No_two_namespaces_use_each_other(string assembly)
    {
        var edges = Product.NamespaceEdges(assembly);
        var order = new List<string>();
        while (edges.Count > order.Count)
        {
            // Those that use nothing but what is placed already.
            var next = edges.Where(edge => !order.Contains(edge.Key) && edge.Value.Keys.All(order.Contains)).Select(edge => edge.Key).ToArray();
            if (next.Length == 0)
            {
                Assert.Fail("Some of these uses form a cycle:\n" + string.Join("\n", edges.Where(edge => !order.Contains(edge.Key))
                    .SelectMany(edge => edge.Value.Where(used => !order.Contains(used.Key))).Select(used => used.Value)));
            }

            order.AddRange(next);
        }

        Assert.NotEmpty(order);
    }

    [Fact]
    public void A_dependency_inside_an_asynchronous_method_is_seen()
    {
        // Otherwise the tests of this class would prove little.
        Assert.Contains("Dinov2Cluster.Gateway.Admission", Product.NamespaceEdges("Dinov2Cluster.Gateway")["Dinov2Cluster.Gateway.Pipeline"].Keys);
        Assert.Contains("Dinov2Cluster.Gateway.Errors", Product.NamespaceEdges("Dinov2Cluster.Gateway")["Dinov2Cluster.Gateway.Routing"].Keys);
    }
}

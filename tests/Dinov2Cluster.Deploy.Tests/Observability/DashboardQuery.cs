namespace Dinov2Cluster.Deploy.Tests.Observability;

/// <summary>An expression of a dashboard: of a panel, a variable or an annotation.</summary>
/// <param name="Dashboard">File name.</param>
/// <param name="Where">Title of the panel, name of the variable or annotation.</param>
/// <param name="Raw">As in the file, with Grafana's variables.</param>
internal sealed record DashboardQuery(string Dashboard, string Where, string Raw)
{
    /// <summary>As Prometheus gets it when everything is selected.</summary>
    public string Expression
    {
        get
        {
            var expression = Raw.Replace("$__rate_interval", "1m", StringComparison.Ordinal).Replace("$__range", "1h", StringComparison.Ordinal);
            foreach (var variable in Grafana.Variables)
            {
                expression = expression.Replace("$" + variable, ".*", StringComparison.Ordinal);
            }

            return expression;
        }
    }

    public override string ToString() => $"{Dashboard}, {Where}: {Expression}";

    private static class Grafana
    {
        public static readonly string[] Variables = ["namespace", "job", "instance", "silo", "device", "model"];
    }
}

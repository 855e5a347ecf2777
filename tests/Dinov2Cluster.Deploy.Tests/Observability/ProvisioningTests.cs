using YamlDotNet.RepresentationModel;

namespace Dinov2Cluster.Deploy.Tests.Observability;

public sealed class ProvisioningTests
{
    [Fact]
    public void Grafana_finds_Prometheus_and_the_dashboards_where_Compose_puts_them()
    {
        var source = Sequence(Read(DeployFiles.Grafana, "provisioning", "datasources", "prometheus.yaml"), "datasources")[0];
        var provider = Sequence(Read(DeployFiles.Grafana, "provisioning", "dashboards", "dinov2.yaml"), "providers")[0];

        Assert.Equal(("prometheus", "http://prometheus:9090", "true"), (Text(source, "type"), Text(source, "url"), Text(source, "isDefault")));
        Assert.Equal(("file", "/var/lib/grafana/dashboards"), (Text(provider, "type"), Text(provider["options"], "path")));
    }

    [Fact]
    public void Prometheus_scrapes_gateways_and_silos_under_the_names_that_rules_go_by()
    {
        var config = Read(DeployFiles.Prometheus, "prometheus.yml");
        var jobs = Sequence(config, "scrape_configs").ToDictionary(
            job => Text(job, "job_name"),
            job => string.Join(' ', Sequence(Sequence(job, "static_configs")[0], "targets").Select(target => target.ToString())));

        Assert.Equal(
            new Dictionary<string, string> { ["dinov2-gateway"] = "gateway:8082", ["dinov2-silo"] = "silo-0:9090 silo-1:9090" }, jobs);
        Assert.Equal("rules/*.yml", Sequence(config, "rule_files")[0].ToString());
    }

    private static YamlNode Read(params string[] path)
    {
        var yaml = new YamlStream();
        using var text = File.OpenText(Path.Combine(path));
        yaml.Load(text);
        return yaml.Documents[0].RootNode;
    }

    private static IList<YamlNode> Sequence(YamlNode node, string key) => ((YamlSequenceNode)node[key]).Children;

    private static string Text(YamlNode node, string key) => node[key].ToString();
}

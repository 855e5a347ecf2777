using System.Globalization;
using System.Reflection;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>A grain factory that notes which grain was asked for, and whose grains' calls answer as the test says.</summary>
public class FakeGrains : DispatchProxy
{
    /// <summary>Interface and key of each grain that was got, in order.</summary>
    public List<string> Got { get; } = [];

    /// <summary>Method and arguments to the task that is returned.</summary>
    public Func<string, object?[], object> Answer { get; set; } = (_, _) => throw new NotSupportedException();

    public static (IGrainFactory Factory, FakeGrains Fake) Create()
    {
        var factory = Create<IGrainFactory, FakeGrains>();
        return (factory, (FakeGrains)(object)factory);
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name != nameof(IGrainFactory.GetGrain))
        {
            throw new NotSupportedException(targetMethod.Name);
        }

        var type = targetMethod.GetGenericArguments()[0];
        Got.Add(string.Create(CultureInfo.InvariantCulture, $"{type.Name} {args![0]}"));
        var grain = (FakeGrain)DispatchProxy.Create(type, typeof(FakeGrain));
        grain.Owner = this;
        return grain;
    }

    public class FakeGrain : DispatchProxy
    {
        internal FakeGrains Owner { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Owner.Answer(targetMethod!.Name, args!);
    }
}
